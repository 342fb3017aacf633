"""Settings are frozen, and come back from their record as they were."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import pytest

from lossnb.experiments import experiment, names
from lossnb.experiments._settings import Settings, as_json, from_json


@pytest.mark.parametrize("name", names())
def test_the_settings_of_every_run_come_back_from_json(name: str) -> None:
    module = experiment(name)
    for run in module.RUNS.values():
        content = as_json(run)
        assert json.loads(json.dumps(content)) == content
        assert None not in content.values()
        again = from_json(module.SETTINGS, content)
        assert type(again) is type(run)
        assert as_json(again) == content


@pytest.mark.parametrize("name", names())
def test_a_setting_that_is_misspelt_is_an_error(name: str) -> None:
    run = next(iter(experiment(name).RUNS.values()))
    with pytest.raises(AttributeError):
        _ = run.sead
    with pytest.raises(FrozenInstanceError):
        run.seed = 3
    with pytest.raises(TypeError, match="sead"):
        type(run)(sead=3)


def test_what_no_kind_knows_is_refused() -> None:
    with pytest.raises(ValueError, match=r"settings must be of Settings; got \{'sead': 3\}"):
        from_json((Settings,), {"sead": 3})
