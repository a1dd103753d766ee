// Builds the app and serves it on this machine, with the headers that a page with tokens in it should have.
// A store app has no such server; a web app would have these files, and these headers, on any server of files.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ISSUER = process.env.MOBILE_ISSUER ?? "http://127.0.0.1:8080";
const CLIENT_ID = process.env.MOBILE_CLIENT_ID ?? "mobile";
const PORT = Number(process.env.MOBILE_PORT ?? 8092);

// Plain http is for this machine only: whoever can alter discovery can log in as anybody.
const { protocol, hostname, origin } = new URL(ISSUER);
if (protocol !== "https:" && !["127.0.0.1", "[::1]"].includes(hostname)) {
  throw new Error(`MOBILE_ISSUER: ${ISSUER} must be https, or http on 127.0.0.1`);
}

const HEADERS = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "manifest-src 'self'",
    `connect-src 'self' ${origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; "),
  "Cache-Control": "no-store",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webmanifest": "application/manifest+json",
};

const ASSETS = ["index.html", "app.css", "icon.svg", "icon-180.png", "icon-512.png", "manifest.webmanifest"];

/** Every file that is served, by its path. The settings are compiled in, as they are into an app. */
async function files() {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const { outputFiles } = await build({
    absWorkingDir: folder,
    entryPoints: ["src/main.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    define: { __ISSUER__: JSON.stringify(ISSUER), __CLIENT_ID__: JSON.stringify(CLIENT_ID) },
  });
  const asset = async (name) => [`/${name}`, await readFile(join(folder, "assets", name))];
  return new Map([["/main.js", outputFiles[0].contents], ...(await Promise.all(ASSETS.map(asset)))]);
}

/** The path that was asked for; `null` for what is no address, like `//` or `*`. */
function pathOf(target) {
  try {
    return target === "*" ? null : new URL(target, "http://app.invalid").pathname;
  } catch {
    return null;
  }
}

const served = await files();

const server = createServer((request, response) => {
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { ...HEADERS, Allow: "GET, HEAD" }).end();
    return;
  }
  const pathname = pathOf(request.url ?? "");
  if (pathname === null) {
    response.writeHead(400, HEADERS).end();
    return;
  }
  // The screens of the app are all one page.
  const path = extname(pathname) === "" ? "/index.html" : pathname;
  const file = served.get(path);
  if (file === undefined) {
    response.writeHead(404, HEADERS).end();
    return;
  }
  response.writeHead(200, { ...HEADERS, "Content-Type": TYPES[extname(path)], "Content-Length": file.length });
  response.end(request.method === "HEAD" ? undefined : file);
});

server.listen(PORT, "127.0.0.1", () => {
  console.log(`The phone app is at http://127.0.0.1:${PORT}/ and logs in at ${ISSUER}. Ctrl-C ends it.`);
});

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
