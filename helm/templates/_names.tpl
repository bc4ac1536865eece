{{- define "prescale.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Name of what is not namespaced: two releases in two namespaces don't meet. */}}
{{- define "prescale.clusterName" -}}
{{- printf "%s.%s" (include "prescale.fullname" .) .Release.Namespace -}}
{{- end -}}

{{- define "prescale.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "prescale.labels" -}}
{{ include "prescale.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Labels and annotations of an object. Its own are given as "labels" and "annotations", with "root". */}}
{{- define "prescale.marks" -}}
{{- $labels := .labels | default (include "prescale.labels" .root) -}}
labels:
  {{- $labels | nindent 2 }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "prescale.serviceAccount" -}}
{{- default (ternary (include "prescale.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "prescale.image" -}}
{{- include "prescale.imageReference" (dict "image" .Values.image "version" .Chart.AppVersion) -}}
{{- end -}}

{{- define "prescale.imageReference" -}}
{{- $repository := .image.repository -}}
{{- with .image.registry }}{{ $repository = printf "%s/%s" . $repository }}{{ end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $repository .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (default .version .image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "prescale.port" -}}
{{- regexFind "[0-9]+$" .Values.config.http.listen -}}
{{- end -}}

{{- define "prescale.probePort" -}}
{{- $port := regexFind "[0-9]+$" .Values.config.http.probeListen -}}
{{- if eq $port (include "prescale.port" .) -}}
{{- fail (printf "config.http.probeListen: found port %s, which config.http.listen has; expected another" $port) -}}
{{- end -}}
{{- $port -}}
{{- end -}}

{{/* Annotations of a Service by which a Prometheus without its operator finds it. */}}
{{- define "prescale.scrape" -}}
{{- if not .Values.serviceMonitor.enabled }}
prometheus.io/scrape: 'true'
prometheus.io/port: {{ include "prescale.port" . | quote }}
{{- end }}
{{- end -}}

{{/* The console's port; empty where there is no console. */}}
{{- define "prescale.consolePort" -}}
{{- if .Values.config.console.enabled }}{{ regexFind "[0-9]+$" .Values.config.console.listen }}{{ end -}}
{{- end -}}

{{/* The same where others than the pod itself reach it: with tokens, on an address that is not loopback. */}}
{{- define "prescale.openConsolePort" -}}
{{- $console := .Values.config.console -}}
{{- $loopback := regexMatch "^(127\\.|localhost:|\\[::1\\])" $console.listen -}}
{{- if and $console.enabled (not $loopback) (ne $console.auth "token") -}}
{{- fail (printf "config.console.listen: found %s, which anybody could read; expected config.console.auth token with it, or 127.0.0.1:8082" $console.listen) -}}
{{- end -}}
{{- if not $loopback }}{{ include "prescale.consolePort" . }}{{ end -}}
{{- end -}}

{{/* Of the container: what Prometheus asks, what the kubelet asks, and of who decides what people ask. */}}
{{- define "prescale.containerPorts" -}}
- name: http
  containerPort: {{ include "prescale.port" . }}
- name: probes
  containerPort: {{ include "prescale.probePort" . }}
{{- $_ := include "prescale.openConsolePort" . }}
{{- if or (not .component) (eq (toString .component) "actuator") }}
{{- with include "prescale.consolePort" . }}
- name: console
  containerPort: {{ . }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "prescale.leaseNamespace" -}}
{{- default .Release.Namespace .Values.config.leaderElection.namespace -}}
{{- end -}}

{{/* "true" where ValidatingAdmissionPolicies are installed. */}}
{{- define "prescale.admissionPolicy" -}}
{{- $enabled := toString .Values.admissionPolicy.enabled -}}
{{- if eq $enabled "auto" -}}
{{- .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy" -}}
{{- else -}}
{{- $enabled -}}
{{- end -}}
{{- end -}}

{{/* "true" where the pre-delete hook has something to put back. */}}
{{- define "prescale.restores" -}}
{{- and .Values.restoreOnUninstall.enabled (or .Values.config.takeOverHpa.enabled .Values.config.deletionCost.enabled) -}}
{{- end -}}
