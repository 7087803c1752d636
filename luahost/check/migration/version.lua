-- What only Dovecot 2.4 has.
local is_dovecot_24 = dovecot.net_ip_family ~= nil
