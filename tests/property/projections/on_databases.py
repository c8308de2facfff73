"""How laws are tried on a real database: few examples, none shrunk, each as slow as it is."""

from hypothesis import HealthCheck, Phase, settings

ON_A_DATABASE = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
