"""What every capability rests on: settings, the clock, ids, logs, queues, and DynamoDB."""
