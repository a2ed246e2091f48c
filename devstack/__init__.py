"""The whole service on one machine: what stands in for AWS and M-Pesa while developing and testing."""
