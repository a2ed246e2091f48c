"""Live availability: who watches an event by WebSocket, and telling them what is left of it."""
