"""Settings of how much may be asked, and at once; all limits are off unless they are set."""

from pydantic import Field
from pydantic_settings import BaseSettings

from core.limits import Quotas

MOST = 1_000_000_000


class LimitSettings(BaseSettings):
    """0 in a limit or a budget: as much as anybody likes."""

    questions_at_once: int = Field(256, ge=1, le=10_000)
    questions_waiting: int = Field(1024, ge=0, le=100_000)
    model_pause: float = Field(15, ge=0.1, le=3600, allow_inf_nan=False)
    """Seconds for which a model is left alone that fails again and again."""
    limit_user_per_hour: int = Field(0, ge=0, le=MOST)
    limit_user_per_day: int = Field(0, ge=0, le=MOST)
    limit_channel_per_hour: int = Field(0, ge=0, le=MOST)
    limit_channel_per_day: int = Field(0, ge=0, le=MOST)
    limit_workspace_per_hour: int = Field(0, ge=0, le=MOST)
    limit_workspace_per_day: int = Field(0, ge=0, le=MOST)
    budget_tokens_per_day: int = Field(0, ge=0, le=1_000_000_000_000)
    budget_usd_per_day: float = Field(0, ge=0, le=1_000_000, allow_inf_nan=False)

    @property
    def quotas(self) -> Quotas:
        """The limits and budgets as core takes them."""
        return Quotas(
            user_hour=self.limit_user_per_hour,
            user_day=self.limit_user_per_day,
            channel_hour=self.limit_channel_per_hour,
            channel_day=self.limit_channel_per_day,
            workspace_hour=self.limit_workspace_per_hour,
            workspace_day=self.limit_workspace_per_day,
            tokens_day=self.budget_tokens_per_day,
            dollars_day=self.budget_usd_per_day,
        )
