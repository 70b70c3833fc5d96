// Shows what can be asked of the service, and asks it.

/** A body of JSON lines: an object that is laid out over many becomes one, lines stay as they are. */
function asLines(body) {
  try {
    return `${JSON.stringify(JSON.parse(body))}\n`;
  } catch {
    return body;
  }
}

// Relative, so that it works behind a proxy that adds a prefix.
const address = new URL("../openapi.json", window.location.href);

fetch(address)
  .then((response) => response.json())
  .then((spec) => {
    window.ui = SwaggerUIBundle({
      // Where a document names no server, OpenAPI means the root of the host, without the prefix.
      spec: { ...spec, servers: [{ url: new URL(".", address).href.replace(/\/$/, "") }] },
      dom_id: "#swagger-ui",
      deepLinking: true,
      requestInterceptor: (request) => {
        if (request.headers["Content-Type"] === "application/x-ndjson") {
          request.body = asLines(request.body);
        }
        return request;
      },
      presets: [SwaggerUIBundle.presets.apis],
      // null: Swagger UI would otherwise send the document to a validator on the internet.
      validatorUrl: null,
    });
  });
