"""Forgets a workspace that the app has left. Repeating it does no harm, so that a crash half-way is made good."""

import logging

from core.saseo import Saseo
from core.shares import within_workspace

log = logging.getLogger(__name__)


async def forget_workspace(saseo: Saseo, platform: str, workspace: str) -> None:
    """Deletes what is owed and was said there, how its questions ended, and the documents of its people.

    Nothing may be taken in there any more. Raises Unavailable; then it must be repeated.
    """
    await saseo.inbox.forget(within_workspace(platform, workspace))
    await saseo.history.forget_workspace(platform, workspace)
    await saseo.answers.erase(within_workspace(platform, workspace))
    count = await saseo.library.forget_workspace(platform, workspace)
    log.info("forgot the workspace %s:%s with %d documents", platform, workspace, count)
