#!/usr/bin/python3
"""A real SMTP server for the tests (Debian package python3-aiosmtpd).

Prints its port, then obeys: each line on standard input names a behaviour and is printed back once it is in force. Ends when
standard input does, so it never outlives the test that started it. Accepted mails go to --folder as 1.eml, 2.eml, ...,
headed by X-MailFrom, X-RcptTo and X-Peer: the envelope and the connection they came by.
"""

import argparse
import asyncio
import logging
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

BEHAVIOURS = {
    "accept",  # takes every mail
    "refuse-temporary",  # 451 to the recipient
    "refuse-permanent",  # 550 to the recipient, repeating the address
    "refuse-content",  # 554 after the message
    "stall",  # never answers after the message
    "hesitate",  # takes the message, and says so only after a second
    "hang-up",  # takes every mail, but answers a NOOP by closing the connection
}


class Handler:
    def __init__(self, folder):
        self.folder = folder
        self.behaviour = "accept"
        self.received = 0

    async def handle_NOOP(self, server, session, envelope, arg):
        if self.behaviour == "hang-up":
            asyncio.get_running_loop().call_soon(server.transport.close)
            return "421 4.4.2 closing"
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.behaviour == "refuse-temporary":
            return "451 4.3.2 please come back later"
        if self.behaviour == "refuse-permanent":
            return f"550 5.1.1 <{address}>: no such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.behaviour == "refuse-content":
            return "554 5.7.1 this looks like spam"
        if self.behaviour == "stall":
            await asyncio.Event().wait()
        self.store(session, envelope)
        if self.behaviour == "hesitate":
            await asyncio.sleep(1)
        return "250 OK"

    def store(self, session, envelope):
        self.received += 1
        to = ", ".join(envelope.rcpt_tos)
        head = f"X-MailFrom: {envelope.mail_from}\r\nX-RcptTo: {to}\r\nX-Peer: {session.peer}\r\n"
        unfinished = os.path.join(self.folder, "unfinished")
        with open(unfinished, "wb") as file:
            file.write(head.encode() + envelope.original_content)
        os.rename(unfinished, os.path.join(self.folder, f"{self.received}.eml"))


def settings(options, context):
    settings = {"enable_SMTPUTF8": options.smtputf8, "hostname": "mail.example"}
    if options.security == "starttls":
        settings |= {"tls_context": context, "require_starttls": True}
    if options.user:
        expected = LoginPassword(options.user.encode(), options.password.encode())
        settings |= {
            "authenticator": lambda *given: AuthResult(success=given[-1] == expected, handled=False),
            "auth_required": True,
            "auth_require_tls": options.security == "starttls",
        }
    return settings


async def serve(options):
    # Clients that break off are what the tests are about.
    logging.disable()
    context = None
    if options.security != "none":
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
    handler = Handler(options.folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, loop=loop, **settings(options, context)),
        "127.0.0.1",
        0,
        ssl=context if options.security == "tls" else None,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.strip() not in BEHAVIOURS:
            sys.exit(f"unknown behaviour: {line!r}")
        handler.behaviour = line.strip()
        print(handler.behaviour, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", required=True)
    parser.add_argument("--security", choices=["none", "starttls", "tls"], default="none")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--user")
    parser.add_argument("--password")
    parser.add_argument("--smtputf8", action="store_true")
    asyncio.run(serve(parser.parse_args()))
    # Connections that stall must not keep the process.
    os._exit(0)


main()
