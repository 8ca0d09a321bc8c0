"""Mail: rendered from templates, sent by SMTP or kept in the local mailbox."""
