pytest_plugins = ["tests.cast", "tests.databases"]
