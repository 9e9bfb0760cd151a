"""Every figure that Saseo keeps of itself, by its name in Prometheus; docs/monitoring.md explains them."""

from core.measuring import STAGE_FAILURES, STAGE_SECONDS, Counter, Gauge, Histogram, Metric

QUESTIONS = Counter("saseo_questions_total", "Questions, by how they ended.", ("platform", "outcome"))
QUESTION_SECONDS = Histogram("saseo_question_seconds", "Seconds from a question to its answer.", ("platform",))
QUESTIONS_UNDER_WAY = Gauge("saseo_questions_under_way", "Questions that are being answered now.")
SEARCHES = Counter("saseo_searches_total", "Searches, by whether they found enough evidence.", ("evidence",))
CLAIMS = Counter("saseo_claims_total", "Claims of a question, by whether it was free.", ("outcome",))

MODEL_REQUESTS = Counter("saseo_model_requests_total", "Requests to a model, retries not counted.", ("model",))
MODEL_FAILURES = Counter("saseo_model_failures_total", "Requests to a model that failed.", ("model",))
MODEL_TOKENS = Counter("saseo_model_tokens_total", "Tokens that a model was sent or wrote.", ("model", "kind"))
MODEL_COST = Counter("saseo_model_cost_dollars_total", "What these tokens cost, where the prices are set.", ("model",))
BREAKER_OPEN = Gauge("saseo_breaker_open", "1 while a service that fails again and again is left alone.", ("service",))
BREAKER_OPENED = Counter("saseo_breaker_opened_total", "How often that began.", ("service",))
BREAKER_TURNED_AWAY = Counter("saseo_breaker_turned_away_total", "Calls that were not made meanwhile.", ("service",))
LIMITED = Counter("saseo_limited_total", "Questions that were not answered by the model, by the limit.", ("limit",))
BUDGET_USED = Gauge("saseo_budget_used_ratio", "How much of a daily budget is used, 0 to 1 and above.", ("budget",))

FILES_READ = Counter("saseo_files_read_total", "Files that were read, by the outcome.", ("outcome",))
LINKS_FETCHED = Counter("saseo_links_fetched_total", "Links that were fetched, by the outcome.", ("outcome",))
LINKS_REFRESHED = Counter("saseo_links_refreshed_total", "Links that were checked again, by the outcome.", ("outcome",))
DOCUMENTS_INDEXED = Counter("saseo_documents_indexed_total", "Documents whose passages were written.")
DOCUMENTS_FORGOTTEN = Counter("saseo_documents_forgotten_total", "Documents that were forgotten.")
DOCUMENTS = Gauge("saseo_documents", "Documents that are known, by their state.", ("state",))
PASSAGES = Gauge("saseo_passages", "Passages in an index.", ("index",))
REFRESH_LAG = Gauge("saseo_refresh_lag_seconds", "How long the link that waits longest is overdue.")
REFRESHES_WAITING = Gauge("saseo_refreshes_waiting", "Checks of links that are under way or wait for their turn.")
INBOX_WAITING = Gauge("saseo_inbox_waiting", "What people are still owed an answer for.", ("platform",))

PLATFORM_CALLS = Counter(
    "saseo_platform_calls_total", "Calls of a platform, by the family of the method and how it answered.",
    ("platform", "method", "status"),
)  # fmt: skip
PLATFORM_SECONDS = Histogram("saseo_platform_call_seconds", "Seconds until a platform answered.", ("platform",))
HTTP_REQUESTS = Counter("saseo_http_requests_total", "Requests to the API.", ("route", "status"))
HTTP_SECONDS = Histogram("saseo_http_request_seconds", "Seconds to the end of a response.", ("route",))

LOOP_LAG = Histogram("saseo_event_loop_lag_seconds", "How late the event loop came to what was due.")
SERVICE_UP = Gauge("saseo_service_up", "Whether a service that Saseo needs works: 1 or 0.", ("service",))
DISK_FREE = Gauge("saseo_disk_free_bytes", "Free bytes on the disk of the data directory.")
DISK_SIZE = Gauge("saseo_disk_size_bytes", "Bytes of the disk of the data directory.")
BUILD = Gauge("saseo_build_info", "Always 1; its label is the version.", ("version",))

METRICS: tuple[Metric, ...] = (
    QUESTIONS,
    QUESTION_SECONDS,
    QUESTIONS_UNDER_WAY,
    STAGE_SECONDS,
    STAGE_FAILURES,
    SEARCHES,
    CLAIMS,
    MODEL_REQUESTS,
    MODEL_FAILURES,
    MODEL_TOKENS,
    MODEL_COST,
    BREAKER_OPEN,
    BREAKER_OPENED,
    BREAKER_TURNED_AWAY,
    LIMITED,
    BUDGET_USED,
    FILES_READ,
    LINKS_FETCHED,
    LINKS_REFRESHED,
    DOCUMENTS_INDEXED,
    DOCUMENTS_FORGOTTEN,
    DOCUMENTS,
    PASSAGES,
    REFRESH_LAG,
    REFRESHES_WAITING,
    INBOX_WAITING,
    PLATFORM_CALLS,
    PLATFORM_SECONDS,
    HTTP_REQUESTS,
    HTTP_SECONDS,
    LOOP_LAG,
    SERVICE_UP,
    DISK_FREE,
    DISK_SIZE,
    BUILD,
)
