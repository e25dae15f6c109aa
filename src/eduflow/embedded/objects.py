"""SeaweedFS: an S3 server whose objects are files in the data folder."""

import hashlib
import hmac
import http.client
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from eduflow.embedded.account import Account
from eduflow.embedded.binaries import find_weed
from eduflow.embedded.processes import Part, clean_environment
from eduflow.embedded.secrets import write_private

_REGION = "us-east-1"
_INTERNAL = ("s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc")
_FILER = ("filer.port", "filer.port.grpc")
_MARK = ".eduflow/ready"
_GRPC_DISTANCE = 10_000
"""Its maintenance worker looks for the admin server's gRPC here, whatever it is told (4.48)."""


class Objects(Part):
    """One process with every part of SeaweedFS, all of them on loopback."""

    def __init__(
        self,
        data: Path,
        *,
        port: int,
        internal_port: int,
        admin_port: int,
        sockets: Path,
        access_key: str,
        secret_key: str,
        bucket: str,
        account: Account,
        log: Path,
    ) -> None:
        names = (*_INTERNAL, *_FILER)
        self._internal = dict(
            zip(names, range(internal_port, internal_port + len(names)), strict=True)
        )
        self._internal["admin.port"] = admin_port
        self._internal["admin.port.grpc"] = admin_port + _GRPC_DISTANCE
        super().__init__(
            "objects", ports=[port, *self._internal.values()], log=log, account=account
        )
        self._data = data
        self._port = port
        self._sockets = sockets
        self._access_key = access_key
        self._secret_key = secret_key
        self._bucket = bucket

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def folder(self) -> Path:
        return self._data

    def prepare(self) -> None:
        for made in (self._data, self._data / "files"):
            made.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.account.own(made)
        credentials = {"accessKey": self._access_key, "secretKey": self._secret_key}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "eduflow", "credentials": [credentials], "actions": actions}
        write_private(self._identities, msgspec.json.encode({"identities": [identity]}))
        self.account.own(self._identities)

    @property
    def _identities(self) -> Path:
        return self._data / "identities.json"

    def environment(self) -> dict[str, str]:
        # Go keeps twice its garbage by default; nobody's class waits for this server. No
        # GOMEMLIMIT: with one Go's scavenger takes 5 % of a core at rest, and frees nothing.
        return clean_environment({"GOGC": "40", "HOME": str(self._data)})

    def argv(self) -> list[str]:
        options: dict[str, object] = {
            "ip": "127.0.0.1",
            "ip.bind": "127.0.0.1",
            "dir": self._data / "files",
            "bucket": self._bucket,
            "s3.config": self._identities,
            "s3.port": self._port,
            # 0 switches off what is not used: these would take ports of their own.
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": self._sockets / "s3.sock",
            "filer.localSocket": self._sockets / "filer.sock",
            # It would report to its maker's server once a day.
            "master.telemetry": "false",
            # It would wait for a load balancer to look elsewhere before it stops.
            "volume.preStopSeconds": 0,
            "webdav": "false",
            "admin.ui": "false",
            **self._internal,
        }
        return [str(find_weed()), "mini", *(f"-{key}={value}" for key, value in options.items())]

    def is_ready(self) -> bool:
        """Whether a signed write is read back.

        Seeing the bucket would not do: after a kill it is there a second before the volumes are,
        and every read fails in between.
        """
        written = self._ask("PUT", f"/{self._bucket}/{_MARK}", b"ready")
        return written and self._ask("GET", f"/{self._bucket}/{_MARK}", b"")

    def _ask(self, method: str, path: str, body: bytes) -> bool:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)) as asked:
                asked.request(method, path, body=body, headers=self._signed(method, path, body))
                return asked.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False

    def _signed(self, method: str, path: str, body: bytes) -> dict[str, str]:
        # AWS Signature Version 4. Written out: boto3 would cost the supervisor 40 MB.
        now = datetime.now(UTC)
        stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        content = hashlib.sha256(body).hexdigest()
        headers = {
            "host": urlsplit(self.url).netloc,
            "x-amz-content-sha256": content,
            "x-amz-date": stamp,
        }
        listed = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"{method}\n{path}\n\n{lines}\n{listed}\n{content}"
        scope = f"{day}/{_REGION}/s3/aws4_request"
        digest = hashlib.sha256(request.encode()).hexdigest()
        key = f"AWS4{self._secret_key}".encode()
        for step in scope.split("/"):
            key = hmac.digest(key, step.encode(), "sha256")
        signature = hmac.digest(
            key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}".encode(), "sha256"
        )
        authorization = (
            f"AWS4-HMAC-SHA256 Credential={self._access_key}/{scope}, "
            f"SignedHeaders={listed}, Signature={signature.hex()}"
        )
        return {**headers, "authorization": authorization}
