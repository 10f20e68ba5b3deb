"""消息: who is told what (`telling`), where they read it (`inbox`), and what rings (`outbox`)."""
