{{/* What values.schema.json can't say: fails in words. */}}
{{- define "prescale.refusePrometheus" -}}
{{- with .Values.config.prometheus -}}
{{- if not .url -}}
{{- $given := list -}}
{{- if .bearerTokenFile }}{{ $given = append $given "bearerTokenFile" }}{{ end -}}
{{- if or .basic.user .basic.userFile .basic.passwordFile }}{{ $given = append $given "basic" }}{{ end -}}
{{- if or .tls.certFile .tls.keyFile }}{{ $given = append $given "tls.certFile" }}{{ end -}}
{{- if .headers }}{{ $given = append $given "headers" }}{{ end -}}
{{- if .headerFiles }}{{ $given = append $given "headerFiles" }}{{ end -}}
{{- with $given }}
{{- fail (printf "config.prometheus: found %s without url: credentials and headers go to a named address only; expected config.prometheus.url" (join " and " .)) }}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "prescale.refuse" -}}
{{- $redis := .Values.config.redis -}}
{{- $addresses := list -}}
{{- if $redis.url }}{{ $addresses = append $addresses "config.redis.url" }}{{ end -}}
{{- if $redis.sentinels.names }}{{ $addresses = append $addresses "config.redis.sentinels.names" }}{{ end -}}
{{- if $redis.cluster }}{{ $addresses = append $addresses "config.redis.cluster" }}{{ end -}}
{{- if include "prescale.bundledRedis" . -}}
{{- with $addresses }}
{{- fail (printf "%s: the release brings a Redis of its own; expected no address, or redis.bundled.enabled: false" (join " and " .)) }}
{{- end -}}
{{- if or $redis.username $redis.passwordFile $redis.sentinelPasswordFile $redis.macKeyFile $redis.tls.enabled }}
{{- fail "config.redis: username, passwordFile, sentinelPasswordFile, macKeyFile and tls are for a Redis of yours; expected none of them, or redis.bundled.enabled: false" }}
{{- end -}}
{{- else if gt (len $addresses) 1 }}
{{- fail (printf "%s: the roles meet in one Redis; expected one of them" (join " and " $addresses)) }}
{{- else if not $addresses }}
{{- fail "mode distributed needs a Redis: expected redis.bundled.enabled: true, or one of config.redis.url, config.redis.sentinels.names and config.redis.cluster" }}
{{- end -}}
{{- if .Values.persistence.enabled }}
{{- fail "persistence.enabled: in mode distributed the history is in Redis; expected false, redis.bundled.persistence is its volume" }}
{{- end -}}
{{- if and (not .Values.config.leaderElection.enabled) (gt (int .Values.roles.actuator.replicas) 1) }}
{{- fail "config.leaderElection.enabled is false: two actuators would both act; expected roles.actuator.replicas 1 with it" }}
{{- end -}}
{{- end -}}
