"""What people bring along from other systems: recognised, and said as it is written here."""
