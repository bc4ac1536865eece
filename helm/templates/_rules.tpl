{{/* Rights on the whole cluster, even where a list of namespaces is given. kubernetes/needed-rights.ts says why each is needed. */}}
{{- define "prescale.clusterRules" -}}
- apiGroups: ['']
  resources: [nodes]
  verbs: [get, list, watch]
- apiGroups: ['']
  resources: [namespaces]
  {{- with .Values.config.namespaces }}
  resourceNames: {{ toJson . }}
  {{- end }}
  verbs: [get, list, watch]
{{- if eq (include "prescale.discovery" .) "everywhere" }}
{{ include "prescale.discoveryRules" . }}
{{- end }}
{{- end -}}

{{/*
Where Prometheus is looked for among Services: "everywhere" by the right, as the usual namespaces need not be there and a Role can't be made
in one that isn't; "listed" in the release's own and config.prometheus.discovery.namespaces; "" nowhere, as its address is given.
*/}}
{{- define "prescale.discovery" -}}
{{- if not .Values.config.prometheus.url -}}
{{- ternary "listed" "everywhere" (gt (len .Values.config.prometheus.discovery.namespaces) 0) -}}
{{- end -}}
{{- end -}}

{{- define "prescale.discoveryRules" -}}
- apiGroups: ['']
  resources: [services]
  verbs: [list]
{{- end -}}

{{/* The collector's: it reads pods and where Prometheus is, and writes nothing. */}}
{{- define "prescale.collectorClusterRules" -}}
- apiGroups: ['']
  resources: [nodes]
  verbs: [get, list, watch]
{{- if eq (include "prescale.discovery" .) "everywhere" }}
{{ include "prescale.discoveryRules" . }}
{{- end }}
{{- end -}}

{{- define "prescale.collectorWatchedRules" -}}
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch]
{{- if ne (toString .Values.config.resourceMetrics.enabled) "false" }}
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [list]
{{- end }}
{{- end -}}

{{/* Rights in each namespace that is looked after. */}}
{{- define "prescale.watchedRules" -}}
{{- range .Values.config.kinds }}
{{- $group := ternary (first (splitList "/" .apiVersion)) "" (contains "/" .apiVersion) }}
{{- $resource := default (printf "%ss" (lower .kind)) .resource }}
- apiGroups: [{{ $group | quote }}]
  resources: [{{ $resource }}]
  verbs: [get, list, watch]
- apiGroups: [{{ $group | quote }}]
  resources: [{{ $resource }}/scale]
  verbs: [get, patch]
{{- end }}
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch{{ if .Values.config.deletionCost.enabled }}, patch{{ end }}]
- apiGroups: [autoscaling]
  resources: [horizontalpodautoscalers]
  verbs: [get, list, watch{{ if .Values.config.takeOverHpa.enabled }}, patch{{ end }}]
- apiGroups: ['']
  resources: [events]
  verbs: [list, watch, create, patch]
{{- if ne (toString .Values.config.resourceMetrics.enabled) "false" }}
- apiGroups: [metrics.k8s.io]
  resources: [pods]
  verbs: [list]
{{- end }}
{{- end -}}
