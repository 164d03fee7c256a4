"""The command line as scripts see it: real processes, exit codes, one line on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hydra_auto.dimensions import DIMENSIONS

COMMAND = [sys.executable, "-c", "from hydra_auto.cli import main; main()"]


def hydra(
    *arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=stdin, capture_output=True, cwd=cwd, timeout=120)


def refused(*arguments: str, stdin: bytes = b"") -> str:
    done = hydra(*arguments, stdin=stdin)
    message = done.stderr.decode()
    assert done.returncode == 2, message
    assert message.startswith("hydra-auto: ")
    assert message.count("\n") == 1
    return message


def test_route_prints_the_reply_of_the_wire_as_json() -> None:
    done = hydra("route", "--json", "Why does my asyncio test hang after the second await?")
    reply = json.loads(done.stdout)
    assert done.returncode == 0
    assert list(reply["scores"]) == list(DIMENSIONS)
    assert not reply["fallback"]
    assert reply["chosenModel"]["id"] == reply["candidates"][0]["id"]
    assert reply["latencyMs"]["total"] >= reply["latencyMs"]["predict"] > 0


def test_a_greeting_goes_to_a_cheaper_model_than_a_proof() -> None:
    proof = "prove that this lock-free queue is linearizable under relaxed memory ordering"
    ladder = [a for model in ("claude-haiku-4.5", "gemma3:4b", "claude-opus-4.8") for a in ("--offer", model)]
    models = {m["id"]: m for m in json.loads(hydra("catalog", "show", "--json").stdout)["models"]}
    chosen = [
        json.loads(hydra("route", "--json", *ladder, p).stdout)["chosenModel"]["id"] for p in ("hi", proof)
    ]
    assert models[chosen[0]]["price"]["output"] < models[chosen[1]]["price"]["output"]


def test_only_offered_models_count_and_an_unknown_one_is_refused() -> None:
    reply = json.loads(hydra("route", "--json", "--offer", "gpt-5.4", "hi").stdout)
    assert [c["id"] for c in reply["candidates"]] == ["gpt-5.4"]
    assert "gpt-nonsense" in refused("route", "--offer", "gpt-nonsense", "hi")


def test_route_reads_standard_input_and_explains_in_words() -> None:
    done = hydra("route", "--explain", "--mode", "agent", "-", stdin=b"rename x to y")
    assert done.returncode == 0
    assert b"shortfall" in done.stdout
    assert b"mode agent" in done.stdout


@pytest.mark.parametrize("stdin", [b"\xff\xfe\x00binary\x80", b"x" * 10_000_000, "\U0001f600".encode()])
def test_any_bytes_on_standard_input_get_a_model(stdin: bytes) -> None:
    done = hydra("route", "--json", "-", stdin=stdin)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["chosenModel"]["id"]


def test_an_empty_prompt_is_refused_in_one_sentence() -> None:
    assert "empty" in refused("route", "  ")


def test_an_unknown_tier_and_an_unknown_command_are_refused_in_one_sentence() -> None:
    assert "fastest" in refused("route", "--tier", "fastest", "hi")
    assert "rout" in refused("rout", "hi")


def test_a_damaged_bundle_still_gives_a_model_flagged_as_fallback(tmp_path: Path) -> None:
    reply = json.loads(hydra("route", "--json", "--bundle", str(tmp_path), "hi").stdout)
    assert reply["fallback"]
    assert "card.json" in reply["fallbackReason"]


def test_a_catalog_on_top_narrows_the_pool(tmp_path: Path) -> None:
    first = json.loads(hydra("route", "--json", "hi").stdout)["chosenModel"]["id"]
    file = tmp_path / "own.yaml"
    file.write_text(f"deny: [{first!r}]\n", "utf-8")
    assert (
        json.loads(hydra("route", "--json", "--catalog", str(file), "hi").stdout)["chosenModel"]["id"]
        != first
    )


def test_a_broken_catalog_is_refused_with_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("weights:\n  reasoning: -1\n", "utf-8")
    message = refused("route", "--catalog", str(file), "hi")
    assert "own.yaml" in message
    assert "2" in message


def test_catalog_check_names_file_line_and_column_and_ends_with_2(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("models:\n  - id: a\n    price: {input: -1, output: 2}\n", "utf-8")
    done = hydra("catalog", "check", str(file))
    assert done.returncode == 2
    assert f"{file}:3:" in done.stdout.decode()


def test_catalog_show_lists_every_model_with_its_capability() -> None:
    document = json.loads(hydra("catalog", "show", "--json").stdout)
    assert len(document["models"]) >= 20
    assert all(set(m["capability"]) == set(DIMENSIONS) for m in document["models"])


def test_score_turns_json_lines_into_json_lines_in_order() -> None:
    lines = "".join(json.dumps({"id": i, "text": "fix it " * (i + 1)}) + "\n" for i in range(300))
    done = hydra("score", "-", stdin=lines.encode())
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [r["id"] for r in rows] == list(range(300))
    assert all(0 <= v <= 1 for r in rows for v in r["scores"].values())


@pytest.mark.parametrize("line", [b"{broken", b'{"id": 1}', b"[1]", b'{"text": 3}', b"\xff\xfe"])
def test_score_refuses_a_bad_line_by_its_number(line: bytes) -> None:
    assert "line 2" in refused("score", "-", stdin=b'{"text": "hi"}\n' + line + b"\n")


def test_the_command_line_imports_nothing_heavy() -> None:
    code = "import hydra_auto.cli, sys; print(*sys.modules)"
    modules = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.decode().split()
    )
    assert not {"numpy", "ctranslate2", "tokenizers", "transformers", "torch", "pygls"} & set(modules)


def test_train_and_convert_refuse_bad_input_in_one_sentence(tmp_path: Path) -> None:
    assert "run.toml" in refused("train", str(tmp_path / "run.toml"))
    assert "nowhere" in refused("convert", str(tmp_path / "nowhere"), str(tmp_path / "out"))


def workspace(tmp_path: Path, text: str) -> Path:
    (tmp_path / ".vscode").mkdir()
    (tmp_path / ".vscode" / "hydra-catalog.yaml").write_text(text)
    return tmp_path


def test_a_workspace_counts_only_when_it_is_trusted(tmp_path: Path) -> None:
    folder = workspace(tmp_path, "deny: ['*']\nallow: ['*']\n")
    untrusted = hydra("route", "--json", "--workspace", folder, "hello")
    reply = json.loads(untrusted.stdout)
    assert (untrusted.returncode, reply["folder"]) == (0, None)
    assert any("is not trusted" in w for w in reply["warnings"])
    trusted = hydra("route", "--json", "--workspace", folder, "--trust", "hello")
    assert trusted.returncode == 2
    assert b"no model may answer" in trusted.stderr


def test_catalog_show_gives_every_value_its_place_and_says_what_waits(tmp_path: Path) -> None:
    text = "defaultTier: efficiency\nmodels: {claude-opus-4.8: {price: {input: 0, output: 0}}}\n"
    folder = workspace(tmp_path, text)
    organisation = tmp_path / "org.yaml"
    organisation.write_text("lock: [weights]\ndeny: [gpt-*]\n")
    command = ("catalog", "show", "--json", "--workspace", folder, "--trust", "--organisation", organisation)
    shown = hydra(*command)
    found = json.loads(shown.stdout)
    places = {v["key"]: v["origin"] for v in found["values"]}
    file = str(folder / ".vscode" / "hydra-catalog.yaml")
    assert places["defaultTier"] == {"layer": "workspace", "file": file, "line": 1, "column": 14}
    assert places["deny"]["layer"] == "organisation"
    assert places["models.claude-opus-4.8.price.input"]["layer"] == "default"
    assert b"prices `claude-opus-4.8` at 0/0 USD" in shown.stderr
    asked = found["folders"][0]["pendingConsent"]["contentHash"]
    agreed = json.loads(hydra(*command, "--consent", asked).stdout)
    assert agreed["folders"][0]["pendingConsent"] is None
    assert {v["key"]: v for v in agreed["values"]}["models.claude-opus-4.8.price.input"]["value"] == 0
    (shown_price,) = [m["price"]["input"] for m in agreed["models"] if m["id"] == "claude-opus-4.8"]
    assert shown_price > 0


def test_a_rule_speaks_on_the_command_line_too(tmp_path: Path) -> None:
    rule = "rules: [{name: prose, when: {path: '**/*.md'}, use: {tier: intelligence, effort: low}}]\n"
    folder = workspace(tmp_path, rule)
    told = hydra(
        "route", "--explain", "--workspace", folder, "--trust", "--file", folder / "docs" / "a.md", "rename x"
    )
    assert b"reasoning effort: low" in told.stdout
    assert b"rule prose" in told.stdout
    assert b"tier intelligence" in told.stdout


def test_what_a_catalog_says_in_vain_is_a_warning_of_route_and_show(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("deny: [no-such-model]\n", "utf-8")
    said = f"{file}:1:8: the pattern `no-such-model` matches no model's id"
    reply = json.loads(hydra("route", "--json", "--catalog", file, "hi").stdout)
    assert any(w.startswith(said) for w in reply["warnings"])
    shown = hydra("catalog", "show", "--catalog", file)
    assert (shown.returncode, said in shown.stderr.decode()) == (0, True)


def test_catalog_check_knows_the_organisations_file_and_what_it_locks(tmp_path: Path) -> None:
    organisation, own = tmp_path / "org.yaml", tmp_path / "own.yaml"
    organisation.write_text("lock: [weights]\n", "utf-8")
    own.write_text("weights: {reasoning: 5}\n", "utf-8")
    alone = hydra("catalog", "check", "--organisation", organisation)
    assert (alone.returncode, alone.stdout.decode()) == (0, f"{organisation}: valid\n")
    both = hydra("catalog", "check", "--organisation", organisation, own).stdout.decode()
    assert f"{own}:1:1: warning: `weights` does not count: the organisation locks it" in both
    assert "--organisation" in refused("catalog", "check")


def test_places_are_printed_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "[b]own.yaml"
    lines = "#\n" * 99
    file.write_text(f"{lines}deny: [nobody]\n", "utf-8")
    assert f"{file}:100:8: warning:" in hydra("catalog", "check", file).stdout.decode()
    file.write_text(f"{lines}rules: [{{name: ':100:', use: {{effort: low}}}}]\n", "utf-8")
    told = hydra("route", "--explain", "--catalog", file, "rename x to y").stdout.decode()
    assert f"rule :100: · {file}:100:9" in told


def test_catalog_show_and_a_refused_offer_name_ids(tmp_path: Path) -> None:
    shown = hydra("catalog", "show").stdout.decode()
    assert "│ claude-opus-4.8 " in shown
    assert "│ Claude Opus 4.8 " in shown
    assert "did you mean `claude-opus-4.8`?" in refused("route", "--offer", "claude-opus-48", "hi")
