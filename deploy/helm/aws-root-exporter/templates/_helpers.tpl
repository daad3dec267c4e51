{{- define "exporter.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* At most 52 characters: a StatefulSet's pods bear its name and eleven more in a label, which has 63. */}}
{{- define "exporter.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name }}
{{- $full := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) }}
{{- .Values.fullnameOverride | default $full | trunc 52 | trimSuffix "-" }}
{{- end }}

{{- define "exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "exporter.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{ include "exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Name, namespace and labels: the metadata that all objects have. */}}
{{- define "exporter.metadata" -}}
name: {{ include "exporter.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "exporter.labels" . | nindent 2 }}
{{- end }}

{{- define "exporter.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (include "exporter.fullname" .) }}
{{- end }}

{{/* Not empty if there are several exporters that share the accounts. */}}
{{- define "exporter.sharded" -}}
{{- if gt (int .Values.shards) 1 }}true{{ end }}
{{- end }}

{{/* Of shards, the Service is headless: each has other accounts. It has a name of its own, since a Service that has an
     address cannot lose it. */}}
{{- define "exporter.serviceName" -}}
{{ include "exporter.fullname" . }}{{ if include "exporter.sharded" . }}-shards{{ end }}
{{- end }}

{{- define "exporter.scheme" -}}
{{ ternary "https" "http" (and (ne .Values.webConfig.existingSecret "") .Values.webConfig.tls) }}
{{- end }}

{{- define "exporter.configuration" -}}
{{ toYaml .Values.config }}
{{- end }}

{{- define "exporter.image" -}}
{{- with .Values.image }}
{{- .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* How the kubelet asks; the argument is the list of the root context and the path. */}}
{{- define "exporter.probe" -}}
{{- $root := index . 0 }}
{{- if and $root.Values.webConfig.existingSecret (eq $root.Values.webConfig.probes "tcp") -}}
tcpSocket:
  port: metrics
{{- else -}}
httpGet:
  path: {{ index . 1 }}
  port: metrics
  scheme: {{ include "exporter.scheme" $root | upper }}
{{- end }}
{{- end }}
