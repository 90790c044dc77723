"""PostgreSQL instead of the embedded database: connections and messages."""
