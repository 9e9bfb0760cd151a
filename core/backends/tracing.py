"""Decides whether LangChain may send traces to LangSmith."""

SWITCHES = ("LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2", "LANGSMITH_TRACING")
"""Every variable that turns tracing on, in the order in which LangSmith reads them."""


def tracing_environment(api_key: str, enabled: bool) -> dict[str, str]:  # noqa: FBT001
    """Environment variables to set before LangChain is first used. Traces are sent with a key and when enabled.

    Otherwise every switch is turned off explicitly, because a developer's shell may have one on.
    """
    # LangChain refuses to work where its first, dead tracer is asked for, so that one is always off.
    retired = {"LANGCHAIN_TRACING": "false", "LANGCHAIN_HANDLER": ""}
    if not (enabled and api_key):
        return {**dict.fromkeys(SWITCHES, "false"), **retired}
    return {**dict.fromkeys(SWITCHES, "true"), **retired, "LANGSMITH_API_KEY": api_key}
