-- What goes with a transaction, beside its user and events.
local MEMBERS = {}

return MEMBERS
