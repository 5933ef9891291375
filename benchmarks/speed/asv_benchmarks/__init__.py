"""Times and memory over commits, by airspeed velocity: see asv.conf.json."""
