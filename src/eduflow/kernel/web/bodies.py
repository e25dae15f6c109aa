"""Bodies that are no JSON, as the OpenAPI document tells of them."""

from dataclasses import dataclass

from litestar.openapi.spec import (
    OpenAPIFormat,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)


@dataclass
class TakesFile(Operation):
    """The body is the file itself: `operation_class` of a route that reads `request.stream()`."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        media = {"application/octet-stream": OpenAPIMediaType(schema=schema)}
        self.request_body = RequestBody(content=media, required=True)
