{{/* The parts of a pod spec that the addon, its test and its uninstall hook share. */}}
{{- define "prescale.podSpec" -}}
serviceAccountName: {{ include "prescale.componentAccount" . }}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .Values.dnsConfig }}
dnsConfig:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "prescale.containerBase" -}}
image: {{ include "prescale.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
env:
  - name: POD_NAME
    valueFrom: {fieldRef: {fieldPath: metadata.name}}
  - name: POD_NAMESPACE
    valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
  {{- with .heapMiB }}
  - name: NODE_OPTIONS
    value: --max-old-space-size={{ . }} --max-semi-space-size=8
  {{- end }}
  {{- with .Values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "prescale.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: probes}
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: {path: /healthz, port: probes}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: probes}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}

{{/* Whether the pod of a role gets the Secret; a pod without a role gets all. */}}
{{- define "prescale.mounts" -}}
{{- if or (not .component) (not .mount.roles) (has .component (default list .mount.roles)) }}true{{ end -}}
{{- end -}}

{{- define "prescale.fileMounts" -}}
- name: config
  mountPath: /etc/prescale/config
  readOnly: true
{{- range $index, $name := .Values.config.calendars }}
- name: calendar-{{ $index }}
  mountPath: /etc/prescale/calendars/{{ $name }}
  readOnly: true
{{- end }}
{{- range $index, $mount := .Values.secretMounts }}
{{- if include "prescale.mounts" (dict "component" $.component "mount" $mount) }}
- name: secret-{{ $index }}
  mountPath: {{ $mount.mountPath }}
  readOnly: true
{{- end }}
{{- end }}
{{- include "prescale.extraMounts" . }}
{{- end -}}

{{- define "prescale.extraMounts" -}}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "prescale.extraVolumes" -}}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "prescale.fileVolumes" -}}
- name: config
  configMap:
    name: {{ include "prescale.fullname" . }}
{{- range $index, $name := .Values.config.calendars }}
- name: calendar-{{ $index }}
  configMap:
    name: {{ $name }}
    # One that is not there is said on the workloads that name it.
    optional: true
{{- end }}
{{- range $index, $mount := .Values.secretMounts }}
{{- if include "prescale.mounts" (dict "component" $.component "mount" $mount) }}
- name: secret-{{ $index }}
  secret:
    secretName: {{ $mount.secretName }}
{{- end }}
{{- end }}
{{- include "prescale.extraVolumes" . }}
{{- end -}}
