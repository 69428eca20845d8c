#!/usr/bin/env python3
"""Runs the commands of Documentation/WhyDoesMyModelDiffer.md and holds what they print against what it shows.

    Scripts/guide.py            ends with 1 where a command prints something else than the guide says
    Scripts/guide.py --write    puts what they print now into the guide

Commands stand in blocks ```console behind "$ ". They run in a fresh folder with the models of guide_models.py and a
digits.keras: sound.keras, trained on the embedded digits. Numbers may differ from machine to machine: they are not compared.
KERAS_BRIDGE names the command (.build/release/keras-bridge by default), KERAS_BRIDGE_PYTHON a Python with Keras.
"""

import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
GUIDE = os.path.join(ROOT, "Documentation", "WhyDoesMyModelDiffer.md")
COMMAND = os.path.abspath(os.environ.get("KERAS_BRIDGE") or os.path.join(ROOT, ".build/release/keras-bridge"))
PYTHON = os.environ.get("KERAS_BRIDGE_PYTHON") or os.path.join(ROOT, ".keras-env/bin/python")


def shell(line, folder):
    script = f'kb() {{ "{COMMAND}" "$@"; }}\n{line}'
    run = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True)
    notes = [note for note in run.stderr.splitlines() if "warning" in note or "error" in note]
    return "\n".join([*notes, run.stdout.rstrip()]).strip("\n")


def words(text):
    """The words of a text: what stays the same on another machine."""
    return re.sub(r"[-−]?[\d.,]+(e[-+]?\d+)?", "#", re.sub(r"\s+", " ", text)).strip()


def main():
    with open(GUIDE, encoding="utf-8") as file:
        text = file.read()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([PYTHON, os.path.join(ROOT, "Scripts/guide_models.py")], cwd=folder, check=True,
                       capture_output=True)
        subprocess.run([COMMAND, "train", "--from", "sound.keras", "--data", "embedded", "--epochs", "6", "--seed", "1",
                        "-o", "digits.keras"], cwd=folder, check=True, capture_output=True)

        def block(found):
            nonlocal wrong
            parts = re.split(r"^\$ ", found.group(1), flags=re.M)[1:]
            shown = []
            for part in parts:
                line, _, expected = part.partition("\n")
                printed = shell(line, folder)
                if words(printed) != words(expected):
                    wrong += 1
                    if "--write" not in sys.argv:
                        print(f"$ {line}\n--- the guide\n{expected.rstrip()}\n--- now\n{printed}\n")
                shown.append(f"$ {line}\n{printed}\n")
            return "```console\n" + "\n".join(shown) + "```"

        text = re.sub(r"```console\n(.*?)```", block, text, flags=re.S)
    if "--write" in sys.argv:
        with open(GUIDE, "w", encoding="utf-8") as file:
            file.write(text)
        print(f"{wrong} outputs are new")
    elif wrong:
        sys.exit(f"{wrong} commands of the guide print something else; Scripts/guide.py --write takes it over")
    else:
        print("all commands of the guide print what it shows")


main()
