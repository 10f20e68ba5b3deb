"""Days as people here write them: 3月5日, and not 03月5日; the year where it is told apart by."""

MONTH_DAY_FORMAT = "n月j日"
SHORT_DATETIME_FORMAT = "n月j日 H:i"
