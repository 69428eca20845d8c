#!/usr/bin/env python3
"""Attacks a running digit-app as strangers might, and prints what became of it.

Slow clients by the hundred while a normal one goes on, others whose pictures are much work, requests that are too
large, garbage, pipelined or of two lengths, foreign Hosts and Origins, 10,000 requests that schemathesis makes from the OpenAPI file, load by wrk, and
SIGTERM in the middle of work. Fails where the server does, or where a normal client waits.

    Scripts/attack_server.py [--cases 10000] [--only slow,crowd,work,requests,doors,schemathesis,load,drain]

Makes .app-env with what it needs. DIGIT_APP names another binary than the release build's.
"""

import argparse
import collections
import http.client
import io
import json
import multiprocessing
import os
import pathlib
import random
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib

import app_server

app_server.enter_environment("attack")

rows, failures = [], []


def tell(attack, outcome, holds):
    rows.append((attack, outcome, holds))
    print(f"  {'ok  ' if holds else 'FAIL'} {attack}: {outcome}", flush=True)
    if not holds:
        failures.append(attack)


def memory(server):
    """The server's memory in MiB."""
    status = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def raw(server, sent, wait=3.0, finish=False):
    """Sends bytes as they are, and returns all that comes until the server hangs up or `wait` is over."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as line:
        try:
            line.sendall(sent)
            if finish:
                line.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        received = b""
        end = time.monotonic() + wait
        while time.monotonic() < end:
            line.settimeout(max(0.05, end - time.monotonic()))
            try:
                part = line.recv(65536)
            except OSError:
                break
            if not part:
                return received, True
            received += part
        return received, False


def status(answer):
    found = re.match(rb"HTTP/1\.1 (\d+)", answer)
    return int(found[1]) if found else None


def head(server, *lines, first="POST /api/recognize HTTP/1.1"):
    return "\r\n".join((first, f"Host: 127.0.0.1:{server.port}", *lines, "", "")).encode()


class NormalClient(threading.Thread):
    """Asks again and again on a new connection each time, as a page that somebody opens would; keeps the times."""

    def __init__(self, server, body):
        super().__init__(daemon=True)
        self.server, self.body, self.times, self.faults, self.goes_on = server, body, [], [], True
        self.start()

    def run(self):
        while self.goes_on:
            began = time.perf_counter()
            try:
                connection = self.server.connection()
                connection.request("POST", "/api/recognize?drawing=1", self.body, {"Content-Type": "image/png"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.faults.append(answer.status)
                connection.close()
            except OSError as error:
                self.faults.append(error)
            self.times.append((time.perf_counter() - began) * 1000)
            time.sleep(0.02)

    def end(self):
        self.goes_on = False
        self.join()
        times = sorted(self.times)
        self.median, self.late = times[len(times) // 2], times[min(len(times) - 1, len(times) * 99 // 100)]
        return f"{len(times)} requests, median {self.median:.1f} ms, slowest {times[-1]:.1f} ms", times[-1]


def slow(server, drawing, clients=200):
    """200 of each kind of slow client; a normal one goes on meanwhile."""

    def trickle(line, kind, order):
        try:
            if kind == "header":
                line.sendall(b"X" if order % 30 else b"X-Slow: 1\r\n")
            elif kind == "body":
                line.sendall(b"x")
            elif kind == "reader":
                line.recv(1)
        except OSError:
            pass

    def held():
        """How many sockets the server has: what it has let go, the kernel may still be sending."""
        links = pathlib.Path(f"/proc/{server.process.pid}/fd")
        names = []
        for link in list(links.iterdir()):
            try:
                names.append(os.readlink(link))
            except OSError:
                pass
        return sum(name.startswith("socket:") for name in names)

    kinds = {
        "header": ("a header byte a second", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"),
        "body": ("a body byte a second", head(server, "Content-Type: image/png", "Content-Length: 100000")),
        "silent": ("nothing at all", b""),
        "reader": ("answers read a byte a second", head(server, first="GET /style.css HTTP/1.1") * 200),
    }
    for kind, (words, opening) in kinds.items():
        before, before_sockets = memory(server), held()
        normal = NormalClient(server, drawing)
        time.sleep(0.5)
        lines = []
        for _ in range(clients):
            line = socket.socket()
            if kind == "reader":
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.settimeout(2)
            line.connect(("127.0.0.1", server.port))
            line.settimeout(0.2)
            try:
                line.sendall(opening)
            except OSError:
                pass
            line.settimeout(0.001)
            lines.append(line)
            if kind == "reader":  # what fits into the kernel's buffers is real work: not all at once
                time.sleep(0.05)
        time.sleep(1)  # all are let in
        began, highest, most = time.monotonic(), before, held()
        while held() > before_sockets + 3 and time.monotonic() - began < 60:
            order = int(time.monotonic() - began)
            for line in lines:
                if kind != "reader":
                    try:
                        line.recv(65536)
                    except OSError:
                        pass
                trickle(line, kind, order)
            highest = max(highest, memory(server))
            time.sleep(0.8)
        left = max(0, held() - before_sockets - 3)
        seconds = time.monotonic() - began
        for line in lines:
            line.close()
        words_of_normal, slowest = normal.end()
        tell(f"{clients} clients, {words}",
             f"all cut off after {seconds:.0f} s; a normal one: {words_of_normal}; {highest - before:+.0f} MiB"
             if not left else f"{left} of {most} still hold on after {seconds:.0f} s; a normal one: {words_of_normal}",
             not left and slowest < 100 and not normal.faults)


def crowd(server, drawing):
    """More silent clients than connections are allowed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    normal = NormalClient(server, drawing)
    lines = []
    for _ in range(1500):
        line = socket.socket()
        line.settimeout(2)
        try:
            line.connect(("127.0.0.1", server.port))
        except OSError:
            pass
        lines.append(line)
    time.sleep(2)
    words, slowest = normal.end()
    for line in lines:
        line.close()
    tell("1,500 silent connections, 512 allowed", f"a normal one: {words}", slowest < 100 and not normal.faults)


def large_png(width, height, bits=8, kind=0):
    """A black PNG, made without holding it: kind 0 is grey, 2 red green blue."""
    chunk = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    line = bytes(1 + width * (3 if kind == 2 else 1) * bits // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(line) for _ in range(height)) + packer.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))
            + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def noise(width, height):
    """A PNG that is nothing but noise."""
    from PIL import Image
    file = io.BytesIO()
    Image.frombytes("L", (width, height), random.Random(5).randbytes(width * height)).save(file, "PNG")
    return file.getvalue()


def dots(side):
    """JSON of dots of one pixel each, every third."""
    row = lambda y: [255 if x % 3 == 0 and y % 3 == 0 else 0 for x in range(side)]
    return json.dumps({"width": side, "height": side, "pixels": sum((row(y) for y in range(side)), [])},
                      separators=(",", ":")).encode()


def page(count):
    """A drawing of many digits on one page."""
    from PIL import Image
    sheet = Image.new("L", (40 * 10, 44 * ((count + 9) // 10)), 255)
    for number, (_, digit) in enumerate(app_server.digits()[:count]):
        sheet.paste(Image.fromarray(255 - digit), (6 + 40 * (number % 10), 8 + 44 * (number // 10)))
    file = io.BytesIO()
    sheet.resize((sheet.width * 2, sheet.height * 2)).save(file, "PNG")
    return file.getvalue()


def touching(count):
    """A drawing of a long row of digits that touch, of which there are many ways to cut it."""
    from PIL import Image
    sheet = Image.new("L", (19 * count + 12, 40), 255)
    for number, (_, digit) in enumerate(app_server.digits()[:count]):
        ink = Image.fromarray(255 - digit)
        sheet.paste(ink, (4 + 19 * number, 6), Image.fromarray(digit))
    file = io.BytesIO()
    sheet.resize((sheet.width * 2, sheet.height * 2)).save(file, "PNG")
    return file.getvalue()


def attacker(port, path, kind, body, hangs_up, until, told):
    """Sends one request after the other; `told` hears how each ended."""
    while time.time() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("POST", path, body, {"Content-Type": kind})
            if hangs_up:
                time.sleep(0.05)
                told.put("hung up")
            else:
                answer = connection.getresponse()
                answer.read()
                told.put(f"{answer.status}" + (" without Retry-After" if answer.status == 503 and not answer.getheader("Retry-After") else ""))
                if answer.status == 503:
                    time.sleep(0.2)  # a patient attacker; the server asks for seconds
            connection.close()
        except OSError as error:
            told.put(type(error).__name__)


def work(server, drawing):
    """Pictures that are much work, from several clients at once; a normal one goes on meanwhile."""
    own, image, pixels = multiprocessing.get_context("fork"), "image/png", "application/json"
    attacks = [
        ("16 clients, 64-megapixel PNGs of 16 bits", 16, "?steps=1", image, large_png(8192, 8192, 16), False),
        ("16 clients, 64-megapixel PNGs of 16 bits in colours, drawings", 16, "?drawing=1&multi=1", image, large_png(8192, 8192, 16, 2), False),
        ("4 clients, 1024 × 1024 dots as JSON, multi=1&steps=1", 4, "?multi=1&steps=1", pixels, dots(1024), False),
        ("8 clients, 256 × 256 dots as JSON, multi=1&steps=1", 8, "?multi=1&steps=1", pixels, dots(256), False),
        ("8 clients, 90 digits on a page, multi=1&explain=1", 8, "?drawing=1&multi=1&explain=1", image, page(90), False),
        ("8 clients, 60 digits that touch, multi=1&steps=1", 8, "?drawing=1&multi=1&steps=1", image, touching(60), False),
        ("8 clients, photos of 1024 × 1024 noise, multi=1", 8, "?multi=1", image, noise(1024, 1024), False),
        ("32 clients, drawings of 512 × 512 noise, steps=1", 32, "?drawing=1&steps=1", image, noise(512, 512), False),
        ("8 clients that hang up after 90 digits on a page, explain=1", 8, "?drawing=1&multi=1&explain=1", image, page(90), True),
    ]
    for words, clients, query, kind, body, hangs_up in attacks:
        before, told, seconds = memory(server), own.Queue(), 12
        until = time.time() + seconds
        crowd = [own.Process(target=attacker, args=(server.port, f"/api/recognize{query}", kind, body, hangs_up, until, told), daemon=True)
                 for _ in range(clients)]
        for one in crowd:
            one.start()
        time.sleep(0.5)
        normal, highest, ends = NormalClient(server, drawing), before, collections.Counter()
        while time.time() < until:
            highest = max(highest, memory(server))
            while not told.empty():
                ends[told.get()] += 1
            time.sleep(0.1)
        slowest = normal.end()[1]
        for one in crowd:
            one.join(30)
        while not told.empty():
            ends[told.get()] += 1
        # Work for nobody ends soon.
        used, began = cpu(server), time.monotonic()
        while time.monotonic() - began < 5:
            time.sleep(1)
            now = cpu(server)
            if now - used < 0.3:
                break
            used = now
        rests = time.monotonic() - began
        holds = (normal.median < 100 and normal.late < 500 and not normal.faults and set(ends) <= {"200", "400", "503", "hung up"}
                 and highest - before < 1200 and rests < 5)
        tell(words, f"{', '.join(f'{count} × {end}' for end, count in sorted(ends.items()))} in {seconds} s; a normal one: "
             f"{len(normal.times)} requests, median {normal.median:.0f} ms, p99 {normal.late:.0f} ms, slowest {slowest:.0f} ms"
             f"{f', faults {normal.faults[:3]}' if normal.faults else ''}; {highest - before:+.0f} MiB; at rest {rests:.0f} s later", holds)


def cpu(server):
    """Seconds of arithmetic that the server has had."""
    fields = pathlib.Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def phone(server):
    """A photo of 50 megapixels, as telephones make them."""
    import numpy
    from PIL import Image
    label, digit = app_server.digits()[7]
    large = numpy.asarray(Image.fromarray(digit).resize((3000, 3000), Image.BICUBIC), "f4")
    photo = numpy.full((6120, 8160), 205, "f4")
    photo[1500:4500, 2500:5500] -= large * 0.65
    photo += numpy.linspace(-25, 25, 8160, dtype="f4")[None, :]
    file = io.BytesIO()
    Image.fromarray(photo.clip(0, 255).astype("u1")).convert("RGB").save(file, "JPEG", quality=85)
    connection, before = server.connection(), memory(server)
    connection.request("POST", "/api/recognize", file.getvalue(), {"Content-Type": "image/jpeg"})
    answer = connection.getresponse()
    found = json.loads(answer.read())
    tell(f"a photo of 50 megapixels, {len(file.getvalue()) >> 10} KiB",
         f"{answer.status}, read as {found.get('number')}, {memory(server) - before:+.0f} MiB",
         answer.status == 200 and found["number"] == str(label) and memory(server) - before < 200)


def requests(server, drawing):
    """Requests that are wrong in one way each."""
    png = "Content-Type: image/png"
    large, twice = 5 << 20, b'{"width":1,"height":1,"width":1,"pixels":[1]}'
    cases = [
        ("a body of 5 MiB, announced", head(server, png, f"Content-Length: {large}") + b"x" * 100_000, {413}),
        ("a body of 5 MiB in chunks", head(server, png, "Transfer-Encoding: chunked")
         + b"".join(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(80)) + b"0\r\n\r\n", {413}),
        ("a body of 10^18 bytes, announced", head(server, png, "Content-Length: 1000000000000000000"), {413}),
        ("a length that is no number", head(server, png, "Content-Length: ten"), {400}),
        ("a negative length", head(server, png, "Content-Length: -1"), {400}),
        ("two lengths", head(server, png, "Content-Length: 4", "Content-Length: 5") + b"xxxxx", {400}),
        ("a length and chunks", head(server, png, "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n", {400}),
        ("chunks of a wrong size", head(server, png, "Transfer-Encoding: chunked") + b"zz\r\nxxxx\r\n0\r\n\r\n", {400}),
        ("a chunk size of 2^70", head(server, png, "Transfer-Encoding: chunked") + b"400000000000000000\r\nx\r\n", {400}),
        ("a wrong chunk size after a good chunk",
         head(server, png, "Transfer-Encoding: chunked") + b"4\r\nxxxx\r\nzz\r\n", {400}),
        ("a transfer coding that is none", head(server, png, "Transfer-Encoding: chunked, nonsense") + b"x", {400}),
        ("a transfer coding that is unknown", head(server, png, "Transfer-Encoding: br, chunked") + b"0\r\n\r\n", {501}),
        ("a transfer coding that is no chunks", head(server, png, "Transfer-Encoding: gzip") + b"x", {400, 501}),
        ("an obsolete folded field", head(server, "X-Long: a\r\n b", first="GET / HTTP/1.1"), {200, 400}),
        ("a header of 64 KiB", head(server, "X-Long: " + "x" * 65536, first="GET / HTTP/1.1"), {400}),
        ("1,000 header fields", head(server, *("X: y" for _ in range(1000)), first="GET / HTTP/1.1"), {400}),
        ("an address of 64 KiB", head(server, first=f"GET /{'a' * 65536} HTTP/1.1"), {400}),
        ("a field with a zero byte", head(server, "X-Zero: a\0b", first="GET / HTTP/1.1"), {400}),
        ("a space before the colon", head(server, "X-Space : a", first="GET / HTTP/1.1"), {400}),
        ("bare line feeds", f"GET / HTTP/1.1\nHost: 127.0.0.1:{server.port}\n\n".encode(), {200, 400}),
        ("HTTP/0.9", b"GET /\r\n\r\n", {400}),
        ("HTTP/9.9", head(server, first="GET / HTTP/9.9"), {400}),
        ("an unknown method", head(server, first="BREW / HTTP/1.1"), {400, 405}),
        ("a TLS hello", bytes.fromhex("1603010200010001fc0303") + os.urandom(200), {400}),
        ("CONNECT", head(server, first="CONNECT example.org:443 HTTP/1.1"), {400, 404, 405, 421}),
        ("an absolute address of another server",
         b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", {400, 404, 421}),
        ("an absolute address of another server under our Host", head(server, first="GET http://evil.example/healthz HTTP/1.1"), {421}),
        ("an absolute address with a user", head(server, first="GET http://127.0.0.1@evil.example/healthz HTTP/1.1"), {400, 421}),
        ("an absolute address of another scheme", head(server, first="GET https://127.0.0.1/healthz HTTP/1.1"), {421}),
        ("our own absolute address", head(server, first=f"GET http://127.0.0.1:{server.port}/healthz HTTP/1.1"), {200}),
        ("a way out of the folder", head(server, first="GET /../../etc/passwd HTTP/1.1"), {400, 404}),
        ("the same, encoded", head(server, first="GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1"), {400, 404}),
        ("a picture that is none", head(server, png, "Content-Length: 5") + b"hello", {400}),
        ("half a picture", head(server, png, f"Content-Length: {len(drawing) // 2}") + drawing[: len(drawing) // 2], {400}),
        ("a PNG that says 60,000 × 60,000", None, {400}),
        ("JSON nested 100,000 deep",
         head(server, "Content-Type: application/json", "Content-Length: 100000") + b"[" * 100_000, {400}),
        ("JSON that says 4096 × 4096",
         head(server, "Content-Type: application/json", "Content-Length: 42") + b'{"width":4096,"height":4096,"pixels":[1]} ', {400}),
        ("a JSON key twice", head(server, "Content-Type: application/json", f"Content-Length: {len(twice)}") + twice, {400}),
        ("no Content-Type", head(server, "Content-Length: 1") + b"x", {415}),
    ]
    chunk = lambda name, body: struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    bomb = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b""))
    before, wrong = memory(server), []
    for name, sent, expected in cases:
        sent = sent or head(server, png, f"Content-Length: {len(bomb)}") + bomb
        answer, _ = raw(server, sent)
        if status(answer) not in expected:
            wrong.append(f"{name}: {answer[:80]!r}")
        if status(answer) not in (None, 200) and b'"remedy"' not in answer:
            wrong.append(f"{name}: no remedy in {answer[-120:]!r}")
    tell(f"{len(cases)} kinds of wrong requests", "each refused with its own status and a remedy" if not wrong else "; ".join(wrong),
         not wrong)

    random_bytes = random.Random(7)
    silent = 0
    for _ in range(2000):
        sent = bytes(random_bytes.randrange(256) for _ in range(random_bytes.randrange(1, 200)))
        if random_bytes.random() < 0.5:  # a good request with some bytes changed
            sent = bytearray(head(server, png, f"Content-Length: {len(drawing)}") + drawing)
            for _ in range(random_bytes.randrange(1, 6)):
                sent[random_bytes.randrange(min(len(sent), 300))] = random_bytes.randrange(256)
            sent = bytes(sent)
        answer, closed = raw(server, sent, wait=0.25, finish=True)
        silent += not answer
    alive = server.process.poll() is None
    tell("2,000 requests of random or damaged bytes", f"server alive, {2000 - silent} answered, {memory(server) - before:+.0f} MiB", alive)

    one = head(server, png, f"Content-Length: {len(drawing)}") + drawing
    answer, _ = raw(server, one * 50, wait=4)
    good = answer.count(b"HTTP/1.1 200")
    tell("50 requests in one breath", f"{good} answered in order", good == 50)

    answer, closed = raw(server, one + b"GARBAGE\r\n\r\n", wait=3)
    tell("garbage after a good request", f"{answer.count(b'HTTP/1.1 200')} good answer, then hung up", answer.startswith(b"HTTP/1.1 200") and closed)


def doors(server):
    """Foreign Hosts and Origins."""

    def ask(**fields):
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
        return status(raw(server, ("\r\n".join(("GET /api/model HTTP/1.1", *lines, "Connection: close", "", ""))).encode())[0])

    own = f"127.0.0.1:{server.port}"
    expected = [
        (dict(Host=own), 200), (dict(Host=f"localhost:{server.port}"), 200), (dict(Host=f"[::1]:{server.port}"), 200),
        (dict(Host="evil.example"), 421), (dict(Host=f"evil.example:{server.port}"), 421), (dict(Host="127.0.0.1.evil.example"), 421),
        (dict(Host="10.0.0.7"), 421), (dict(), 421), (dict(Host=own, host="evil.example"), 400),
        (dict(Host=own, Origin=f"http://{own}"), 200), (dict(Host=own, Origin="http://evil.example"), 403),
        (dict(Host=own, Origin="null"), 403), (dict(Host=own, Origin=f"https://{own}"), 403),
        (dict(Host=own, Origin=f"http://localhost:{server.port}"), 403), (dict(Host=own, Sec_Fetch_Site="cross-site"), 403),
        (dict(Host=own, Sec_Fetch_Site="same-origin"), 200),
    ]
    wrong = [(fields, found) for fields, wanted in expected if (found := ask(**fields)) != wanted]
    tell(f"{len(expected)} Hosts and Origins", "own ones in, foreign ones out" if not wrong else str(wrong), not wrong)

    connection = server.connection()
    lacking = []
    for path in ("/", "/main.js", "/api/model", "/nowhere"):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        policy = answer.getheader("Content-Security-Policy") or ""
        if "default-src 'none'" not in policy or "unsafe" in policy or answer.getheader("X-Content-Type-Options") != "nosniff":
            lacking.append(path)
    page = (app_server.ROOT / "Sources/digit-app/Public/index.html").read_text()
    inline = re.findall(r"\sstyle=|<style|\son\w+=|<script(?![^>]*src=)|https?://", page)
    tell("content security policy", "on every answer, nothing inline, no other server named" if not lacking and not inline else f"{lacking} {inline}",
         not lacking and not inline)


HOOKS = '''
import schemathesis
from schemathesis import GenerationMode
from hypothesis import strategies

import app_server, random

chance = random.Random(1)
drawings = [app_server.drawing(image, chance, side=56) for _, image in app_server.digits()[:20]]

def pictures():
    return strategies.sampled_from(drawings)

schemathesis.openapi.media_type("image/png", pictures())
schemathesis.openapi.media_type("image/jpeg", pictures())
'''


def schemathesis(cases):
    """Requests that schemathesis makes from what the OpenAPI file promises, right and wrong ones."""
    with app_server.folder() as folder, app_server.serving("--save-corrections", str(folder / "corrections")) as server:
        (folder / "hooks.py").write_text(HOOKS)
        # The size of a list cannot be told to be a product in OpenAPI: such pictures are refused.
        (folder / "schemathesis.toml").write_text(
            "[checks.positive_data_acceptance]\nexpected-statuses = [200, 201, 400]\n")
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks",
                       "PYTHONPATH": os.pathsep.join((str(folder), str(app_server.ROOT / "Scripts")))}
        made, seed, ran = 0, 0, None
        while made < cases and (ran is None or ran.returncode == 0):
            seed += 1
            command = [
                str(app_server.ENVIRONMENT / "bin" / "schemathesis"), "--config-file", str(folder / "schemathesis.toml"),
                "run", f"{server.address}openapi.json", "--checks", "all", "--max-examples", "600", "--workers", "1",
                "--phases", "examples,coverage,fuzzing" if seed == 1 else "fuzzing", "--seed", str(seed),
                "--suppress-health-check", "all", "--request-timeout", "10", "--mode", "all",
            ]
            ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
            found = re.search(r"(\d[\d,]*) generated", ran.stdout)
            more = int(found[1].replace(",", "")) if found else 0
            made += more
            if not more:
                break
        alive = server.process.poll() is None
        tell("schemathesis from the OpenAPI file",
             f"{made:,} cases, {'all checks held' if ran.returncode == 0 else 'see below'}, the server {'alive' if alive else 'gone'}",
             ran.returncode == 0 and alive and made >= cases)
        if ran.returncode:
            print(ran.stdout[-6000:], ran.stderr[-2000:])


def load(server, drawing):
    """As many requests as wrk can make."""
    with app_server.folder() as folder:
        (folder / "digit.png").write_bytes(drawing)
        (folder / "post.lua").write_text(
            f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "image/png"\n'
            f'local file = io.open("{folder}/digit.png", "rb")\nwrk.body = file:read("*a")\nfile:close()\n')
        for words, path, script, connections in (
            ("drawings read", "api/recognize?drawing=1", ["-s", str(folder / "post.lua")], 16),
            ("pages served", "", [], 64),
        ):
            ran = subprocess.run(
                ["wrk", "-t1", f"-c{connections}", "-d8s", "--latency", *script, f"{server.address}{path}"],
                capture_output=True, text=True)
            rate = float(re.search(r"Requests/sec:\s+([\d.]+)", ran.stdout)[1])
            late = re.search(r"99%\s+([\d.]+)(us|ms|s)", ran.stdout)
            late = float(late[1]) * {"us": 0.001, "ms": 1, "s": 1000}[late[2]]
            faults = re.search(r"Non-2xx.*|Socket errors.*", ran.stdout)
            tell(f"wrk, {connections} connections", f"{rate:,.0f} {words} a second, p99 {late:.1f} ms {faults[0] if faults else ''}",
                 late < 50 and not faults)


def drain(drawing):
    """SIGTERM while requests are in work: they end well, idle ones are hung up on, and the status is 0."""
    server = app_server.Server()
    whole = head(server, "Content-Type: image/png", f"Content-Length: {len(drawing)}") + drawing
    begun = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(20)]
    for line in begun:
        line.sendall(whole[:-10])
    time.sleep(0.5)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    refused = False
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=1) as line:
            line.sendall(head(server, first="GET / HTTP/1.1"))
            refused = line.recv(1) == b""
    except OSError:
        refused = True
    answers = []
    for line in begun:
        line.sendall(whole[-10:])
    for line in begun:
        line.settimeout(5)
        try:
            answers.append(status(line.recv(65536)))
        except OSError:
            answers.append(None)
    began = time.monotonic()
    ended = server.process.wait(40)
    hung_up = 0
    for line in idle:
        line.settimeout(0.2)
        try:
            hung_up += line.recv(1) == b""
        except ConnectionError:
            hung_up += 1
        except OSError:
            pass
    good = answers.count(200)
    tell("SIGTERM with 20 requests half sent", f"{good} answered, {hung_up} of 20 idle ones hung up on, new ones {'refused' if refused else 'taken'}, status {ended} after {time.monotonic() - began:.1f} s",
         good == 20 and refused and ended == 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000, help="how many schemathesis makes, about")
    parser.add_argument("--only", default="slow,crowd,work,requests,doors,schemathesis,load,drain")
    options = parser.parse_args()
    wanted = options.only.split(",")
    drawing = app_server.drawing(app_server.digits()[7][1], random.Random(3))
    with app_server.serving() as server:
        for name, attack in (("doors", lambda: doors(server)), ("requests", lambda: requests(server, drawing)),
                             ("work", lambda: (phone(server), work(server, drawing))),
                             ("slow", lambda: slow(server, drawing)), ("crowd", lambda: crowd(server, drawing)),
                             ("load", lambda: load(server, drawing))):
            if name in wanted:
                print(name)
                attack()
        alive = server.process.poll() is None
        tell("after all that", f"the server {'still runs' if alive else 'is gone'}, {memory(server):.0f} MiB" if alive else "gone", alive)
    for name, attack in (("schemathesis", lambda: schemathesis(options.cases)), ("drain", lambda: drain(drawing))):
        if name in wanted:
            print(name)
            attack()
    print("\n| attack | outcome |\n|---|---|")
    for attack, outcome, holds in rows:
        print(f"| {attack} | {outcome}{'' if holds else ' **FAILED**'} |")
    sys.exit(bool(failures))


main()
