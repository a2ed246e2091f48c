"""DynamoDB's sizes, units and limits as plain rules, and a layer in front of the emulator that keeps to them.

Sources are pages of the Amazon DynamoDB Developer Guide, named where a rule stands.
"""
