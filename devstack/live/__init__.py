"""API Gateway's WebSocket API here: clients come to `ws://127.0.0.1:…/live`, the app has `@connections`."""
