"""Every command there is, as one union: what the socket accepts and the docs list."""

from __future__ import annotations

from typing import Union

from edge.commands.account import ConfirmSecondFactor, EndSession, EnrolSecondFactor, SetPreferences, SwitchOffSecondFactor
from edge.commands.alerts import AcknowledgeAlert
from edge.commands.audit import NoteViews
from edge.commands.backups import GetBackups, MakeBackup
from edge.commands.base import HANDLERS, JOURNAL_HANDLERS, QUESTIONS, Command
from edge.commands.bookings import AddBooking, CancelBooking, EditBooking
from edge.commands.bulk import BulkCustomers
from edge.commands.card_life import HandOutCard, ReplaceCard, TakeBackCard
from edge.commands.companies import (
    AddCompany,
    AddGroup,
    AddList,
    DeleteCompany,
    DeleteGroup,
    DeleteList,
    EditCompany,
    EditGroup,
    EditList,
)
from edge.commands.credentials import AddCard, AddVehicle, DeleteCard, DeleteVehicle, EditCard, EditVehicle, RevealCards
from edge.commands.customers import (
    AddCustomer,
    DeleteCustomer,
    EditCustomer,
    RestoreCustomer,
    RevealDocument,
    ReviewCustomer,
    SetDocument,
)
from edge.commands.dead_letters import ResendEvent
from edge.commands.devices import AddDevice, DeleteDevice, EditDevice, FindDevices
from edge.commands.disagreements import AskAgain, KeepTheirs
from edge.commands.displays import AddDisplay, RevokeDisplay
from edge.commands.doors import Explain, ExplainEvent, GetHealth, GetPicture, HoldDoor, LockDoor, UnlockDoor
from edge.commands.erasing import EraseCustomer
from edge.commands.exports import AddScheduledExport, DeleteScheduledExport, EditScheduledExport, NoteExport, NoteScheduled
from edge.commands.guests import InviteGuest
from edge.commands.imports import BeginImport, EndImport, StepImport, UndoImport
from edge.commands.keys import AddKey, EditKey, RevokeKey
from edge.commands.merging import MergeCustomers, UndoMerge
from edge.commands.passes import AddPassKey, EditPassKey, RevokePass, SetPin
from edge.commands.payments import ConfirmPayment, Quote, RefundPayment, TakePayment, VoidPayment
from edge.commands.phones import EnrolPhone, IssuePass, RotatePassKey
from edge.commands.photos import SetPhoto
from edge.commands.presence import CorrectCount, CorrectPresence, ResetZone, UnlockPin
from edge.commands.remedies import ApplyRemedy
from edge.commands.reviews import CancelReview, CollectReview, DecideReview, FinishReview, OpenReview, StartReview
from edge.commands.saved_filters import AddSavedFilter, DeleteSavedFilter, EditSavedFilter
from edge.commands.site import (
    AddAccessPoint,
    AddAlertRule,
    AddProfile,
    AddSchedule,
    AddTariff,
    AddZone,
    DeleteAccessPoint,
    DeleteAlertRule,
    DeleteProfile,
    DeleteSchedule,
    DeleteTariff,
    DeleteZone,
    EditAccessPoint,
    EditAlertRule,
    EditPolicy,
    EditProfile,
    EditSchedule,
    EditTariff,
    EditZone,
    SetMode,
)
from edge.commands.users import AddRole, AddUser, DeleteRole, DeleteUser, EditRole, EditUser, SessionSeen, SignIn, SignOut
from edge.commands.webhooks import AddWebhook, DeleteWebhook, EditWebhook

COMMANDS: tuple[type[Command], ...] = (
    SignIn, SignOut, SessionSeen, UnlockDoor, HoldDoor, LockDoor, GetHealth, GetPicture, Explain, ExplainEvent, ApplyRemedy,
    AddCustomer, EditCustomer, DeleteCustomer, RestoreCustomer, EraseCustomer, AddCompany, EditCompany, DeleteCompany, AddGroup, EditGroup, DeleteGroup,
    AddList, EditList, DeleteList, SetDocument, RevealDocument, SetPhoto, ReviewCustomer, ReplaceCard, HandOutCard, TakeBackCard, BulkCustomers, MergeCustomers, UndoMerge, InviteGuest,
    AddCard, EditCard, DeleteCard, RevealCards, AddVehicle, EditVehicle, DeleteVehicle,
    AddZone, EditZone, DeleteZone, AddSchedule, EditSchedule, DeleteSchedule, AddProfile, EditProfile, DeleteProfile,
    AddTariff, EditTariff, DeleteTariff, AddAlertRule, EditAlertRule, DeleteAlertRule, AcknowledgeAlert, EditPolicy, SetMode, AddBooking, EditBooking, CancelBooking,
    SetPin, AddPassKey, EditPassKey, RevokePass, CorrectPresence, CorrectCount, ResetZone, UnlockPin,
    EnrolPhone, IssuePass, RotatePassKey,
    TakePayment, ConfirmPayment, RefundPayment, VoidPayment, Quote,
    NoteExport, NoteScheduled, AddScheduledExport, EditScheduledExport, DeleteScheduledExport,
    AddAccessPoint, EditAccessPoint, DeleteAccessPoint, AddDevice, EditDevice, DeleteDevice, FindDevices, AddUser, EditUser, DeleteUser, AddRole, EditRole, DeleteRole,
    EndSession, SetPreferences, EnrolSecondFactor, ConfirmSecondFactor, SwitchOffSecondFactor, AddKey, EditKey, RevokeKey, NoteViews,
    AddDisplay, RevokeDisplay, AddWebhook, EditWebhook, DeleteWebhook, AddSavedFilter, EditSavedFilter, DeleteSavedFilter,
    StartReview, CollectReview, OpenReview, DecideReview, FinishReview, CancelReview,
    BeginImport, StepImport, EndImport, UndoImport, MakeBackup, GetBackups, KeepTheirs, AskAgain, ResendEvent,
)  # fmt: skip

WIRED = (AddDevice, EditDevice, DeleteDevice, EditPolicy, EditAccessPoint)
"""After which the edge is wired or called otherwise than before, and who goes by its settings looks at them again."""

AnyCommand = Union[COMMANDS]  # type: ignore[valid-type]  # noqa: UP007 - a union made from the table above

__all__ = ["COMMANDS", "HANDLERS", "JOURNAL_HANDLERS", "QUESTIONS", "AnyCommand", "Command"]
