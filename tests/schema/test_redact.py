"""Both kinds of mistakes: a credential that stays, and plain data that goes."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.redact import LineRedactor, redact_argv, redact_mapping, redact_text

R = "[redacted]"
# Shapes only: none of these has ever been valid.
RANDOM = "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI3kM5"
HEX40 = "0123456789abcdef0123456789abcdef01234567"
SHAPES = {
    "github": "ghp_" + RANDOM,
    "github fine-grained": "github_pat_" + "11ABCDEFG0" + RANDOM,
    "gitlab": "glpat-" + "aB3dE5gH7jK9mN1pQ3sT",
    "hugging face": "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    "openai": "sk-proj-" + RANDOM,
    "openai, old": "sk-" + RANDOM + "T3BlbkFJ",
    "anthropic": "sk-ant-" + "api03-" + RANDOM,
    "deepseek": "sk-" + HEX40[:32],
    "aws": "AKIA" + "IOSFODNN7EXAMPLE",
    "slack": "xoxb-" + "123456789012-abcdefABCDEF",
    "google": "AIza" + "SyA1234567890abcdefghijklmnopqrstuv",
    "stripe": "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "jwt": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + "dozjgNryP4J3jVmNHl0w5N",
    "npm": "npm_" + RANDOM,
}
PEM = (
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq+/\nabc==\n"
    "-----END RSA PRIVATE KEY-----\n"
)


@pytest.mark.parametrize(
    "key",
    [
        "password", "PASSWORD", "db_password", "dbPassword", "smtp_pass", "passphrase",
        "PGPASSWORD", "secret", "client_secret",
        "AWS_SECRET_ACCESS_KEY", "aws_access_key_id", "api_key",
        "apiKey", "api-key", "APIKey", "OPENAI_API_KEY", "openai_key", "WANDB_API_KEY", "hf_token",
        "HFToken", "github_token", "auth_token", "access_token", "token", "credentials", "auth",
        "private_key", "MYSQL_PWD", "use_auth_token", "gh_pat", "KAGGLE_KEY", "authorization",
    ],
)  # fmt: skip
def test_a_secret_key_takes_its_value_away(key: str) -> None:
    assert redact_mapping({key: "hunter2xyz"}) == {key: R}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_tokens", 5), ("max_tokens", 512), ("max_new_tokens", "512"), ("tokens", "a b"),
        ("tokenizer", "bert-base-uncased"), ("token_embedding", "learned"), ("token_dropout", 0.1),
        ("pad_token", "<pad>"), ("pad_token_id", 50256), ("eos_token", "<|endoftext|>"),
        ("mask_token", "[MASK]"), ("cls_token", True), ("image_token", "<image>"),
        ("token", 50256), ("token", "<s>"), ("token", "mean"), ("token", None),
        ("author", "Ada Lovelace"), ("authors", "Ada"), ("key", "val_loss"), ("sort_key", "loss"),
        ("primary_key", "id"), ("public_key", "abc"), ("keys", "a"), ("monkey", "bonobo1"),
        ("num_keys", 4), ("key_dim", 64), ("query_key", "x"), ("forward_pass", "amp"),
        ("pass", 2), ("bypass", "all"), ("compass", "north1"), ("secret_size", 12),
        ("password_file", "/run/secrets/pw"), ("use_auth_token", True), ("use_auth_token", "true"),
        ("auth", "basic"), ("auth", None), ("api_key", ""), ("api_key", "none"),
        ("api_key", "${OPENAI_API_KEY}"), ("password", "***"), ("password", "<password>"),
        ("PWD", "/home/ada/lab"), ("OLDPWD", "/work"), ("credentials", "/etc/gcp/key.json"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "~/gcp.json"), ("secret", 0.5), ("password", 1.5),
        ("lr", 0.1), ("seed", 12345678), ("name", "quick-purple-dove"), ("commit", HEX40),
        ("digest", HEX40 + HEX40[:24]), ("hf_model", "hf_internal_testing_tiny_random_bert_model"),
        ("tool", "sk-learn-pipeline-with-a-very-long-name"), ("cookie", "yes"), ("sig", "sigmoid"),
    ],
)  # fmt: skip
def test_plain_data_stays(key: str, value: object) -> None:
    assert redact_mapping({key: value}) == {key: value}


@pytest.mark.parametrize("key", ["my_token", "cookie", "x_amz_signature", "storage_key"])
def test_a_doubtful_key_goes_by_its_value(key: str) -> None:
    assert redact_mapping({key: RANDOM})[key] == R
    assert redact_mapping({key: "plain"})[key] == "plain"


def test_a_password_may_be_a_number_or_begin_with_a_slash() -> None:
    found = redact_mapping({"password": 12345, "db_password": "/etc/x.y", "password2": "ab"})
    assert found == {"password": R, "db_password": R, "password2": R}


def test_mappings_are_redacted_at_every_depth_and_copied() -> None:
    config = {
        "logger": {"api_key": "abc123xyz", "project": "lab"},
        "tokens": ["a", SHAPES["github"]],
        "api_keys": ["one-key-1", "two-key-2"],
        "secrets": {"a": "x1x1", "b": {"c": "y2y2"}},
        "auth": {"type": "basic", "user": "ada", "password": "pw"},
        "pair": ("postgres://ada:pw@h/db", 1),
        3: "int keys stay",
    }
    before = copy.deepcopy(config)
    assert redact_mapping(config) == {
        "logger": {"api_key": R, "project": "lab"},
        "tokens": ["a", R],
        "api_keys": [R, R],
        "secrets": {"a": R, "b": {"c": R}},
        "auth": {"type": "basic", "user": "ada", "password": R},
        "pair": (f"postgres://ada:{R}@h/db", 1),
        3: "int keys stay",
    }
    assert config == before


@pytest.mark.parametrize(
    ("argv", "clean"),
    [
        (["t", "--api-key", "X1y2", "--lr", "1"], ["t", "--api-key", R, "--lr", "1"]),
        (["t", "--api-key=X1y2"], ["t", f"--api-key={R}"]),
        (["env", "WANDB_API_KEY=" + HEX40, "python"], ["env", f"WANDB_API_KEY={R}", "python"]),
        (["t", "logger.api_key=abc1"], ["t", f"logger.api_key={R}"]),
        (["t", "++token=abc123"], ["t", f"++token={R}"]),
        (["t", "--password", "-x1"], ["t", "--password", R]),
        (["t", "--use-auth-token", "--lr", "1"], ["t", "--use-auth-token", "--lr", "1"]),
        (["t", "--max-tokens", "100"], ["t", "--max-tokens", "100"]),
        (["t", "--token", "<s>", "--pad-token=<p>"], ["t", "--token", "<s>", "--pad-token=<p>"]),
        (["git", "clone", "https://u:pw@h/r"], ["git", "clone", f"https://u:{R}@h/r"]),
        (["t", SHAPES["github"]], ["t", R]),
        (["bash", "-c", "A_TOKEN=abc12345 run --api-key xyz1 --lr 2"],
         ["bash", "-c", f"A_TOKEN=abc12345 run --api-key {R} --lr 2"]),
        (["-H", "Authorization: Bearer abc"], ["-H", f"Authorization: Bearer {R}"]),
        (["t", "--author", "Ada", "--key", "loss"], ["t", "--author", "Ada", "--key", "loss"]),
    ],
)  # fmt: skip
def test_command_lines(argv: list[str], clean: list[str]) -> None:
    assert redact_argv(argv) == clean


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize(
    "around", ["{}", "got {} here", '"{}",', "\x1b[31m{}\x1b[0m", "?t={}&x=1"]
)
def test_known_shapes_go_wherever_they_stand(shape: str, around: str) -> None:
    assert redact_text(around.format(shape)) == around.format(R)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("https://ada:pw@example.org/x", f"https://ada:{R}@example.org/x"),
        ("https://ada:1234@example.org/x", f"https://ada:{R}@example.org/x"),
        ("redis://:pw@h:1", f"redis://:{R}@h:1"),
        ("a postgresql+psycopg://u:p%40w@h/db b", f"a postgresql+psycopg://u:{R}@h/db b"),
        (f"WANDB_API_KEY={HEX40}\n", f"WANDB_API_KEY={R}\n"),
        (f"wandb_api_key: {HEX40}", f"wandb_api_key: {R}"),
        ("Namespace(lr=0.1, api_key='abc', b=2)", f"Namespace(lr=0.1, api_key='{R}', b=2)"),
        ('{"api_key": "abc", "lr": 1}', f'{{"api_key": "{R}", "lr": 1}}'),
        (r'"{\"api_key\": \"abc\", \"lr\": 1}"', rf'"{{\"api_key\": \"{R}\", \"lr\": 1}}"'),
        ("password='correct horse battery'", f"password='{R}'"),
        ("host=h password=hunter user=u", f"host=h password={R} user=u"),
        ("DB_PASSWORD=hunter", f"DB_PASSWORD={R}"),
        ("password: hunter2", f"password: {R}"),
        ("url: https://h/?access_token=abc123&x=1", f"url: https://h/?access_token={R}&x=1"),
        ("run with --api-key abc --lr 1", f"run with --api-key {R} --lr 1"),
        ("run with --token=abcdef", f"run with --token={R}"),
        ("'Authorization': 'Bearer abc.def'", f"'Authorization': '{R}'"),
        (f"bearer {RANDOM}", f"bearer {R}"),
        (f"https://hooks.slack.com/services/T01/B02/{RANDOM}", f"https://hooks.slack.com/services/{R}"),
        (f"key is\n{PEM}after", f"key is\n{R}\nafter"),
        (repr(PEM), f"'{R}\\n'"),
    ],
)  # fmt: skip
def test_text(text: str, clean: str) -> None:
    assert redact_text(text) == clean


@pytest.mark.parametrize(
    "text",
    [
        "epoch 3: loss 0.123, tokens/s 12345, token: 50256",
        "password: required", "Enter password: ", "wrong password: user not found",
        "the auth key was missing", "token = tokenizer.decode(ids)", "next token: the",
        "AddedToken('<pad>', pad_token='<pad>')", "special_tokens_map: {'pad_token': '[PAD]'}",
        "pad_token='<|endoftext|>', eos_token_id=50256", "author=Ada, authors: 3",
        "key=val_loss", "key: value", "Keyboard interrupt", "compass: north",
        "http://localhost:8080/path@2x.png", "ssh://git@host:22/repo", "git@github.com:a/b.git",
        "https://example.org/a:b@c", "file:///home/ada/x:y", "see http://h:80 or mail a@b.org",
        f"commit {HEX40}", f"sha256:{HEX40}", "sk-learn", "hf_hub_download", "eyJ", "AKIA",
        "-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIE\n-----END PUBLIC KEY-----",
        "bearer of bad news", "basic training finished", "secret=None auth=True", "secret: 0.5",
        "mutual information of token 12 with token 13 = 0.123456", "passed: 12 tests",
        "TOKENIZERS_PARALLELISM=false", "tokens=1,234,567", "max_tokens: 4096", "",
        "\n", "a\r\nb", "ünïcode — ok",
    ],
)  # fmt: skip
def test_ordinary_output_stays(text: str) -> None:
    assert redact_text(text) == text


def test_a_private_key_over_several_pieces() -> None:
    redactor = LineRedactor()
    pieces = [redactor.feed(line) for line in ("a\n" + PEM + "b\n").splitlines(keepends=True)]
    assert "".join(pieces) == f"a\n{R}\nb\n"


def test_a_private_key_that_is_cut_off_does_not_swallow_the_rest() -> None:
    cut = PEM.split("-----END")[0]
    assert redact_text(cut + "epoch 1: loss 0.5\nMore\n") == f"{R}\nepoch 1: loss 0.5\nMore\n"


LINES = st.lists(
    st.sampled_from(
        [*SHAPES.values(), *PEM.splitlines(), "loss 0.1", "", "api_key='abc'", "token: mean",
         "https://u:p@h/", "password=x --token abc123"]
    ) | st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=20),
    max_size=12,
)  # fmt: skip


@given(LINES, st.randoms())
def test_pieces_of_whole_lines_come_out_as_the_whole(lines: list[str], random: object) -> None:
    text = "".join(f"{line}\n" for line in lines)
    redactor, pieces, rest = LineRedactor(), [], lines
    while rest:
        n = random.randint(1, len(rest))  # type: ignore[attr-defined]
        pieces.append(redactor.feed("".join(f"{line}\n" for line in rest[:n])))
        rest = rest[n:]
    assert "".join(pieces) == redact_text(text)


@given(LINES)
def test_redacting_twice_changes_nothing_more(lines: list[str]) -> None:
    once = redact_text("\n".join(lines))
    assert redact_text(once) == once
