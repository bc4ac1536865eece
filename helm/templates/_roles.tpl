{{/*
Templates of mode distributed. A scope is the root with "component", the role, and "heapMiB".
*/}}
{{- define "prescale.distributed" -}}
{{- if eq .Values.mode "distributed" }}true{{ end -}}
{{- end -}}

{{- define "prescale.bundledRedis" -}}
{{- if and (include "prescale.distributed" .) .Values.redis.bundled.enabled }}true{{ end -}}
{{- end -}}

{{- define "prescale.redisName" -}}
{{- printf "%s-redis" (include "prescale.fullname" .) -}}
{{- end -}}

{{- define "prescale.redisSecret" -}}
{{- default (include "prescale.redisName" .) .Values.redis.bundled.existingSecret -}}
{{- end -}}

{{/* Deployments, PDBs and the like of a role. */}}
{{- define "prescale.componentName" -}}
{{- printf "%s-%s" (include "prescale.fullname" .) .component -}}
{{- end -}}

{{/* The ServiceAccount of a pod: the addon's, its test's, its hook's and the actuator's is the release's, others have their own. */}}
{{- define "prescale.componentAccount" -}}
{{- $own := include "prescale.serviceAccount" . -}}
{{- if or (not .component) (eq (toString .component) "actuator") (not .Values.serviceAccount.create) -}}
{{- $own -}}
{{- else -}}
{{- printf "%s-%s" $own .component -}}
{{- end -}}
{{- end -}}

{{- define "prescale.componentLabels" -}}
{{ include "prescale.labels" . }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "prescale.componentSelector" -}}
{{ include "prescale.selectorLabels" . }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* `prescale status` looks for the one Service that is named prescale: the other roles' have their own name. */}}
{{- define "prescale.componentServiceLabels" -}}
{{- $labels := include "prescale.componentLabels" . | fromYaml -}}
{{- $name := index $labels "app.kubernetes.io/name" -}}
{{- toYaml (merge (dict "app.kubernetes.io/name" (printf "%s-%s" $name .component) "app.kubernetes.io/part-of" $name) $labels) -}}
{{- end -}}

{{- define "prescale.redisMount" -}}
{{- if include "prescale.bundledRedis" . }}
- name: redis-password
  mountPath: /etc/prescale/redis
  readOnly: true
{{- end }}
{{- end -}}

{{- define "prescale.redisVolume" -}}
{{- if include "prescale.bundledRedis" . }}
- name: redis-password
  secret:
    secretName: {{ include "prescale.redisSecret" . }}
    items: [{key: {{ ternary .Values.redis.bundled.existingSecretKey "password" (ne .Values.redis.bundled.existingSecret "") }}, path: password}]
{{- end }}
{{- end -}}

{{/* The key in the Secret that holds the key of the MACs; empty where a Secret of yours has none. */}}
{{- define "prescale.redisMacKey" -}}
{{- if include "prescale.bundledRedis" . -}}
{{- ternary .Values.redis.bundled.existingSecretMacKey "mac-key" (ne .Values.redis.bundled.existingSecret "") -}}
{{- end -}}
{{- end -}}

{{/* For those who write to Redis and read from it, and not for Redis. */}}
{{- define "prescale.redisMacMount" -}}
{{- if include "prescale.redisMacKey" . }}
- name: redis-mac-key
  mountPath: /etc/prescale/redis-mac
  readOnly: true
{{- end }}
{{- end -}}

{{- define "prescale.redisMacVolume" -}}
{{- with include "prescale.redisMacKey" . }}
- name: redis-mac-key
  secret:
    secretName: {{ include "prescale.redisSecret" $ }}
    items: [{key: {{ . }}, path: key}]
{{- end }}
{{- end -}}

{{/* The addon's configuration file. The settings of mode distributed are in it in that mode only. */}}
{{- define "prescale.config" -}}
{{- if include "prescale.distributed" . -}}
{{- $config := deepCopy .Values.config -}}
{{- if include "prescale.bundledRedis" . -}}
{{- $url := printf "redis://%s.%s:6379" (include "prescale.redisName" .) .Release.Namespace -}}
{{- $config = mergeOverwrite $config (dict "redis" (dict "url" $url "passwordFile" "/etc/prescale/redis/password")) -}}
{{- if include "prescale.redisMacKey" . -}}
{{- $config = mergeOverwrite $config (dict "redis" (dict "macKeyFile" "/etc/prescale/redis-mac/key")) -}}
{{- end -}}
{{- end -}}
{{- toYaml $config -}}
{{- else -}}
{{- toYaml (omit .Values.config "redis" "collector" "forecaster") -}}
{{- end -}}
{{- end -}}
