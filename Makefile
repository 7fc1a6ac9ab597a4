# For `sam build`: one target a function of template.yaml. Everything else is done by `cargo xtask`.
#
# Builds for arm64, the default of template.yaml; PORTDELTA_ARCHITECTURE=x86_64 builds for the other one.

.PHONY: build-Dispatcher build-Ingest build-Notify build-Sweep build-ApiFunction

build-Dispatcher:
	cargo xtask lambda-bootstrap dispatcher "$(ARTIFACTS_DIR)"

build-Ingest:
	cargo xtask lambda-bootstrap ingest "$(ARTIFACTS_DIR)"

build-Notify:
	cargo xtask lambda-bootstrap notify "$(ARTIFACTS_DIR)"

build-Sweep:
	cargo xtask lambda-bootstrap sweep "$(ARTIFACTS_DIR)"

build-ApiFunction:
	cargo xtask lambda-bootstrap api "$(ARTIFACTS_DIR)"
