"""A relying party on Authlib and Flask, run by script.rs: says one JSON object a line, and is told the addresses that
the browser is sent back to. What it knows beside its own registration and the issuer comes from discovery."""

import json
import secrets
import sys

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from flask import Flask
from joserfc import jws
from joserfc.jwk import KeySet, import_key
from requests import HTTPError

registration = json.loads(sys.argv[1])
method = registration["token_endpoint_auth_method"]
private_key = registration["private_key"]
secret = import_key(private_key) if private_key else registration["client_secret"]
[redirect_uri] = registration["redirect_uris"]
[post_logout_redirect_uri] = registration["post_logout_redirect_uris"]
portal = redirect_uri.removesuffix("/callback")

app = Flask(__name__)
app.secret_key = secrets.token_bytes()
idp = OAuth(app).register(
    "idp",
    server_metadata_url=registration["issuer"] + "/.well-known/openid-configuration",
    client_id=registration["client_id"],
    client_secret=secret,
    client_kwargs={
        "scope": registration["scope"],
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": method,
    },
    client_auth_methods=[PrivateKeyJWT(alg=private_key["alg"])] if private_key else None,
)


@app.get("/login")
def login():
    return idp.authorize_redirect(redirect_uri)


@app.get("/callback")
def callback():
    return idp.authorize_access_token()


@app.get("/logout/<id_token>")
def logout(id_token):
    return idp.logout_redirect(post_logout_redirect_uri, id_token_hint=id_token)


@app.get("/signed-out")
def signed_out():
    return idp.validate_logout_response()


class Api(JWTBearerTokenValidator):
    """What an API on this library checks of an access token (RFC 9068 section 4)."""

    def get_jwks(self):
        return KeySet.import_key_set(idp.fetch_jwk_set())

    def accept(self, token, scope):
        self.validate_token(self.authenticate_token(token), [scope], request=None)


def say(**said):
    print(json.dumps(said), flush=True)


def opened(address):
    """A page of the application that must be there."""
    response = browser.get(address)
    assert response.status_code == 200, response.text
    return response.json


def refused(call, complaint, *arguments, **named):
    """The complaint about a request that must fail."""
    try:
        call(*arguments, **named)
    except complaint as refusal:
        return refusal
    raise AssertionError(f"{call} is not refused")


def introspected(tokens):
    kinds = ("access_token", "refresh_token")
    answers = {kind: session.introspect_token(INTROSPECT, tokens[kind], token_type_hint=kind) for kind in kinds}
    return {kind: answer.json() for kind, answer in answers.items()}


def user_info(tokens):
    with app.app_context():
        return idp.userinfo(token=tokens)


browser = app.test_client()
say(authorize=browser.get(f"{portal}/login").location)
tokens = opened(sys.stdin.readline().strip())
alg = jws.extract_compact(tokens["id_token"].encode()).protected["alg"]
sub = tokens["userinfo"]["sub"]
assert user_info(tokens)["sub"] == sub
say(signed_in={"alg": alg, "sub": sub, "user_info": user_info(tokens)})

metadata = idp.load_server_metadata()
Api(metadata["issuer"], resource_server=metadata["issuer"]).accept(tokens["access_token"], "openid")

INTROSPECT, REVOKE = metadata["introspection_endpoint"], metadata["revocation_endpoint"]
session = OAuth2Session(
    registration["client_id"],
    secret,
    scope=registration["scope"],
    token_endpoint_auth_method=method,
    revocation_endpoint_auth_method=method,
    token_endpoint=metadata["token_endpoint"],
    token=tokens,
)
if private_key:
    session.register_client_auth_method(PrivateKeyJWT(metadata["token_endpoint"], alg=private_key["alg"]))
say(introspected=introspected(tokens))

old = tokens["refresh_token"]
refreshed = dict(session.refresh_token())
claims = idp.parse_id_token(refreshed, nonce=None)
user_info(refreshed)
say(refreshed={"sub": claims["sub"], "rotated": refreshed["refresh_token"] != old})

for kind in ("access_token", "refresh_token"):
    session.revoke_token(REVOKE, refreshed[kind], token_type_hint=kind).raise_for_status()
assert refused(user_info, HTTPError, refreshed).response.status_code == 401
assert refused(session.refresh_token, OAuthError, refresh_token=refreshed["refresh_token"]).error == "invalid_grant"
say(revoked=introspected(refreshed))

say(end_session=browser.get(f"{portal}/logout/{refreshed['id_token']}").location)
assert opened(sys.stdin.readline().strip())["post_logout_redirect_uri"] == post_logout_redirect_uri
