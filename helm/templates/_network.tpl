{{- define "prescale.httpIngress" -}}
ingress:
  - ports: [{port: {{ include "prescale.port" . }}, protocol: TCP}]
    {{- with .Values.networkPolicy.ingressFrom }}
    from:
      {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- with include "prescale.openConsolePort" . }}
  - ports: [{port: {{ . }}, protocol: TCP}]
  {{- end }}
  {{- with .Values.networkPolicy.probesFrom }}
  - ports: [{port: {{ include "prescale.probePort" $ }}, protocol: TCP}]
    from:
      {{- toYaml . | nindent 6 }}
  {{- end }}
{{- end -}}

{{/* Egress of all roles: names, and Redis where there is one. */}}
{{- define "prescale.sharedEgress" -}}
- ports: [{port: 53, protocol: UDP}, {port: 53, protocol: TCP}]
{{- if include "prescale.bundledRedis" . }}
- ports: [{port: 6379, protocol: TCP}]
  to:
    - podSelector:
        matchLabels:
          {{- include "prescale.selectorLabels" . | nindent 10 }}
          app.kubernetes.io/component: redis
{{- else if include "prescale.distributed" . }}
- ports:
    {{- range .Values.networkPolicy.redisPorts }}
    - {port: {{ . }}, protocol: TCP}
    {{- end }}
  {{- include "prescale.anywhere" . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "prescale.anywhere" -}}
to:
  - namespaceSelector: {}
  - ipBlock: {cidr: 0.0.0.0/0, except: [169.254.0.0/16, 100.100.100.200/32]}
  - ipBlock: {cidr: '::/0', except: ['fe80::/10']}
{{- end -}}
