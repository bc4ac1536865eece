{{- define "prescale.redisConf" -}}
port 6379
dir /data
aclfile /run/redis/users.acl
# Every write is in the file within a second; no snapshots beside it.
appendonly yes
appendfsync everysec
save ""
# Full means that writes fail and are said. Evicting would lose what nobody can make anew.
maxmemory {{ .Values.redis.bundled.maxmemory }}
maxmemory-policy noeviction
tcp-keepalive 60
{{- end -}}

{{/* The password's hash becomes the one user; no argument and no file on the volume holds the password. */}}
{{- define "prescale.redisStart" -}}
set -eu
umask 077
password=$(cat /etc/prescale/redis/password)
if [ -z "$password" ]; then
  echo 'the password of Redis is empty: look at the Secret' >&2
  exit 1
fi
# For the probe, which goes on with the password that this Redis began with.
printf %s "$password" >/run/redis/password
hash=$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)
echo "user default on #$hash ~* &* +@all -@admin -@dangerous +info +config|get +client|list" >/run/redis/users.acl
exec redis-server /etc/redis/redis.conf
{{- end -}}
