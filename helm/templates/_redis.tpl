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

{{/* The Job that makes the password and the key of the MACs. */}}
{{- define "prescale.keysSpec" -}}
backoffLimit: 6
template:
  metadata:
    labels:
      {{- include "prescale.componentLabels" . | nindent 6 }}
      {{- with .Values.podLabels }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    {{- with .Values.podAnnotations }}
    annotations:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  spec:
    {{- include "prescale.podSpec" . | nindent 4 }}
    restartPolicy: OnFailure
    containers:
      - name: keys
        {{- include "prescale.containerBase" . | nindent 8 }}
        args: [redis-keys, --secret, {{ include "prescale.redisName" . }}]
        resources:
          {{- toYaml .Values.resources | nindent 10 }}
        {{- with include "prescale.extraMounts" . | trim }}
        volumeMounts:
          {{- . | nindent 10 }}
        {{- end }}
    {{- with include "prescale.extraVolumes" . | trim }}
    volumes:
      {{- . | nindent 6 }}
    {{- end }}
{{- end -}}
