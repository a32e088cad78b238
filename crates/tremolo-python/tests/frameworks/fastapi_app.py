"""FastAPI with its page of documentation, whose scripts are in a folder of the server: `/ui`."""

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html

app = FastAPI(docs_url=None)


@app.get("/items/{number}")
async def item(number: int):
    return {"number": number}


@app.get("/docs", include_in_schema=False)
async def docs():
    return get_swagger_ui_html(
        openapi_url=app.openapi_url,
        title="The documentation",
        swagger_js_url="/ui/swagger-ui-bundle.js",
        swagger_css_url="/ui/swagger-ui.css",
        swagger_favicon_url="/ui/favicon-32x32.png",
    )
