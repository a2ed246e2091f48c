from dataclasses import dataclass


@dataclass(frozen=True)
class Queue:
    name: str
    visibility_seconds: int = 1
    tries: int = 2

    @property
    def dead_letters(self) -> str:
        return f"{self.name}-dead"


QUEUES = (Queue("local-notes"),)
