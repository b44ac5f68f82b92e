"""What you type: one module per verb family, each verb parse → call → print."""
