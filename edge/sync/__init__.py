"""Talking to the central server over MQTT 5: nothing lost, nothing twice, whatever the broker does."""
