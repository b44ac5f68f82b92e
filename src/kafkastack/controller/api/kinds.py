"""Kinds of the parameters of a call, where their type alone says too little."""

from typing import Annotated

from msgspec import Meta

from kafkastack.model import bounds

Count = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=bounds.SECONDS)]
Offset = Annotated[int, Meta(gt=-86400, lt=86400)]  # seconds off UTC
Zone = tuple[Offset, str]
"""Of the person who asks, and what he calls it."""
