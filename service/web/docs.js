// Relative, so that it works behind a proxy that adds a prefix.
window.ui = SwaggerUIBundle({
  url: new URL("../openapi.json", window.location.href).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  presets: [SwaggerUIBundle.presets.apis],
  // null: Swagger UI would otherwise send the document to a validator on the internet.
  validatorUrl: null,
});
