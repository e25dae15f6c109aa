"""Files in the object store, a piece at a time: no file is ever whole in memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import IO, Any

from eduflow.kernel.problems import NotFound, Unavailable
from eduflow.kernel.settings import Settings

_PIECE = 256 * 1024
_REGION = "us-east-1"
"""Where a region must be said and means nothing; Amazon's own is found by the address."""


class Away(Unavailable):
    """The object store does not answer, or refuses the settings' keys."""

    code, title = "kernel.storage-away", "The file cannot be had at the moment"


class Storage:
    """The bucket of the settings. Its client is made at the first use: it takes 40 MB."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = contextlib.AsyncExitStack()
        self._making = asyncio.Lock()
        self._client: Any = None

    async def put(self, key: str, file: IO[bytes], *, media_type: str) -> None:
        """Store a file, from where it stands, under a key in place of what was there.

        All of it, or nothing; 5 GB at most.
        """
        async with self._talking() as client:
            await client.put_object(
                Bucket=self._settings.s3_bucket, Key=key, Body=file, ContentType=media_type
            )

    async def read(self, key: str) -> AsyncIterator[bytes]:
        """The file, in pieces; asked for before this returns, so that what is missing is known.

        Raises NotFound.
        """
        async with self._talking() as client:
            found = await client.get_object(Bucket=self._settings.s3_bucket, Key=key)
        return _pieces(found["Body"])

    async def delete(self, key: str) -> None:
        """Remove a file; one that is gone already is no fault."""
        async with self._talking() as client:
            await client.delete_object(Bucket=self._settings.s3_bucket, Key=key)

    async def keys(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
        """Every key that begins so, in order, and since when its file is there."""
        async with self._talking() as client:
            pages = client.get_paginator("list_objects_v2")
            async for page in pages.paginate(Bucket=self._settings.s3_bucket, Prefix=prefix):
                for one in page.get("Contents", ()):
                    yield one["Key"], one["LastModified"]

    async def close(self) -> None:
        """Disconnect."""
        await self._stack.aclose()

    @contextlib.asynccontextmanager
    async def _talking(self) -> AsyncIterator[Any]:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 (as above)

        try:
            yield await self._connected()
        except ClientError as fault:
            if fault.response.get("Error", {}).get("Code") in {"NoSuchKey", "404"}:
                raise NotFound(kind="file") from fault
            raise Away from fault
        except (BotoCoreError, OSError) as fault:
            raise Away from fault

    async def _connected(self) -> Any:
        async with self._making:
            if self._client is None:
                import aioboto3  # noqa: PLC0415 (as above)
                from botocore.config import Config  # noqa: PLC0415

                s = self._settings
                self._client = await self._stack.enter_async_context(
                    aioboto3.Session().client(
                        "s3",
                        endpoint_url=s.s3_url,
                        aws_access_key_id=s.s3_access_key or None,
                        aws_secret_access_key=s.s3_secret_key.value or None,
                        region_name=_REGION if s.s3_url else None,
                        config=Config(
                            s3={"addressing_style": "path" if s.s3_url else "auto"},
                            # Else it would be read once more, and sent in a way of Amazon's own.
                            request_checksum_calculation="when_required",
                            response_checksum_validation="when_required",
                            connect_timeout=5,
                            read_timeout=30,
                            retries={"max_attempts": 3},
                        ),
                    )
                )
            return self._client


async def _pieces(body: Any) -> AsyncIterator[bytes]:
    async with body:
        while piece := await body.content.read(_PIECE):
            yield piece
