"""What is deployed fits the settings: no engine for containers is needed to see it.

The compose file is held against the compose-spec schema (as shipped with check-jsonschema) and
against the environment variables that the code really reads.
"""

import ast
import json
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parent.parent.parent
#: Variables of the images we did not build; their documentation names them.
IMAGE_VARIABLES = {"db": {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}}
OURS = ("web", "worker", "beat", "migrate")


@cache
def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@cache
def variables_read() -> dict[str, bool]:
    """Each environment variable our code reads through `shop.config.env`: is it required?

    Required means: no default is given, as for everything production must be told.
    """
    found: dict[str, bool] = {}
    for folder in ("shop", "delivery", "inventory"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if _reads_environment(node):
                    name = node.args[0].value
                    found[name] = found.get(name, False) or len(node.args) == 1
    return found


def _reads_environment(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"text", "boolean", "integer", "words"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
    )


def interpolated() -> set[str]:
    """The names that docker compose itself takes from .env."""
    return set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))


def test_the_environment_is_read_in_one_way_only():
    """Past `env.py` only `serve` touches it, to tell its children."""
    elsewhere = {
        str(path.relative_to(ROOT))
        for folder in ("shop", "delivery", "inventory")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"os\.environ(\.get|\[)|os\.getenv", path.read_text())
    }
    assert elsewhere == {"shop/config/env.py", "shop/management/commands/serve.py"}


def test_compose_file_is_valid():
    package = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(package.read_text())
    errors = jsonschema.Draft7Validator(schema).iter_errors(compose())
    assert [f"{error.json_path}: {error.message}" for error in errors] == []


def test_compose_file_has_every_part():
    assert set(compose()["services"]) == {*OURS, "proxy", "db", "redis"}


@pytest.mark.parametrize("name", OURS)
def test_our_services_get_what_settings_read(name):
    given = set(compose()["services"][name]["environment"])
    required = {variable for variable, needed in variables_read().items() if needed}
    assert required == {"ALLOWED_HOSTS", "CELERY_BROKER_URL", "DATABASE_URL", "SECRET_KEY"}
    assert given - set(variables_read()) == set()
    assert required - given == set()
    assert "PRODUCTION" in given


def test_other_images_get_only_variables_they_know():
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    known = {**IMAGE_VARIABLES, "proxy": set(re.findall(r"\{\$(\w+)", caddyfile))}
    for name, service in compose()["services"].items():
        if name not in OURS:
            assert set(service.get("environment", ())) == known.get(name, set())


def test_services_are_watched_and_come_back():
    for name, service in compose()["services"].items():
        if name == "migrate":  # runs once
            assert service["restart"] == "no"
            continue
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"], name
        assert service["logging"]["options"]["max-size"], name


def test_volumes_are_named_and_used():
    used = {
        volume.split(":")[0]
        for service in compose()["services"].values()
        for volume in service.get("volumes", ())
        if not volume.startswith(".")
    }
    assert used == set(compose()["volumes"])


def test_images_are_pinned_to_a_major_version():
    for name in ("proxy", "db", "redis"):
        assert re.fullmatch(r"[a-z]+:\d+(-[a-z]+)?", compose()["services"][name]["image"]), name


def test_no_secret_is_written_down():
    """Whatever sounds like one is taken from .env, where the example leaves it empty."""
    for service in compose()["services"].values():
        for name, value in service.get("environment", {}).items():
            if "SECRET" in name or "PASSWORD" in name:
                assert value.startswith("${"), name
    example = (ROOT / ".env.example").read_text()
    assert re.findall(r"^(\w*(?:SECRET|PASSWORD)\w*)=(.*)$", example, re.MULTILINE) == [
        ("SECRET_KEY", ""),
        ("POSTGRES_PASSWORD", ""),
    ]


def test_env_example_names_every_variable_and_no_other():
    text = (ROOT / ".env.example").read_text()
    named = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", text, re.MULTILINE)
    assert len(named) == len(set(named))
    assert set(named) == set(variables_read()) | interpolated()


def test_image_is_built_from_the_lock_and_runs_without_rights():
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    assert any("--require-hashes" in line and "base.txt" in line for line in lines)
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users == ["station"]
    assert lines.index("USER station") < next(
        number for number, line in enumerate(lines) if line.startswith("CMD")
    )


def test_secrets_and_data_stay_out_of_the_image():
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", "var", ".git", ".venv"} <= set(ignored)


def test_what_is_private_is_out_of_the_proxys_reach():
    """Photos of claims show people's kitchens: only a page that asks who you are gives them out."""
    mounted = {volume.split(":")[0] for volume in compose()["services"]["proxy"]["volumes"]}
    assert "media" in mounted
    assert "private" not in mounted
    for name in OURS:
        assert "private:/app/var/private" in compose()["services"][name]["volumes"]
