"""The small Protocols between the rooms: what the shell asks of drivers, stores and clocks. Adapters inherit nothing.

The contract of each port is a test suite (tests/drivers/contract.py) run over every adapter and over the simulator.
"""

from edge.ports.central import ArrivingRows, CentralRows, DeskChanges, Disagreement, RosterPosition, Said
from edge.ports.devices import Camera, Clock, Door, DoorSink, DoorsSay, DoorWord, EmergencyInput, EmergencySink, Reader, ReaderSink
from edge.ports.sync import Batch, DoesCommands, Position, SyncStore
from edge.ports.transactions import Held, ImportedRow, ImportedRows, JournalTx, RosterTx, ScopeTx

__all__ = [
    "ArrivingRows",
    "Batch",
    "Camera",
    "CentralRows",
    "Clock",
    "DeskChanges",
    "Disagreement",
    "DoesCommands",
    "Door",
    "DoorSink",
    "DoorWord",
    "DoorsSay",
    "EmergencyInput",
    "EmergencySink",
    "Held",
    "ImportedRow",
    "ImportedRows",
    "JournalTx",
    "Position",
    "Reader",
    "ReaderSink",
    "RosterPosition",
    "RosterTx",
    "Said",
    "ScopeTx",
    "SyncStore",
]
