"""Forgets a workspace that the app has left. Repeating it does no harm, so that a crash half-way is made good."""

import logging

from core.saseo import Saseo
from core.shares import within_workspace

log = logging.getLogger(__name__)


async def forget_workspace(saseo: Saseo, platform: str, workspace: str) -> None:
    """Deletes what is owed and was said there, how its questions ended, its settings, and what its people shared.

    Nothing may be taken in there any more. Raises Unavailable; then it must be repeated.
    """
    there = within_workspace(platform, workspace)
    await saseo.inbox.forget(there)
    await saseo.history.forget_workspace(platform, workspace)
    await saseo.answers.erase(there)
    await saseo.channels.erase(there)
    await saseo.audit.erase(f"{platform}:{workspace}")
    shared = await saseo.knowledge.unshare(there)
    count = len(shared) + await saseo.library.forget_workspace(platform, workspace)
    log.info("forgot the workspace %s:%s with %d documents", platform, workspace, count)
