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
      presets: [SwaggerUIBundle.presets.apis],
      // null: Swagger UI would otherwise send the document to a validator on the internet.
      validatorUrl: null,
    });
  });
