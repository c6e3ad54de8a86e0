namespace LstmOrleans.Recording.Sampling;

/// <summary>/proc/diskstats, /proc/net/dev, /proc/net/snmp and /proc/sys/fs/file-nr.</summary>
internal static class DeviceParsers
{
    private const double BytesPerMebibyte = 1 << 20;

    /// <summary>Kernel documentation: Documentation/admin-guide/iostats.rst. Sectors are always 512 bytes there.</summary>
    public static Action<string, List<Reading>> DiskStats(string disk) => (text, into) =>
    {
        foreach (var line in Fields.Lines(text))
        {
            var fields = Fields.Of(line);
            if (fields.Length < 14 || fields[2] != disk) continue;
            Fields.Add(into, "disk_reads_per_s", Fields.Number(fields, 3), perSecond: true);
            Fields.Add(into, "disk_read_mib_per_s", Fields.Number(fields, 5) * 512 / BytesPerMebibyte, perSecond: true);
            Fields.Add(into, "disk_writes_per_s", Fields.Number(fields, 7), perSecond: true);
            Fields.Add(into, "disk_written_mib_per_s", Fields.Number(fields, 9) * 512 / BytesPerMebibyte, perSecond: true);
            // Milliseconds per second, shown as per cent; and the mean number of requests in the queue.
            Fields.Add(into, "disk_busy_pct", Fields.Number(fields, 12) / 10, perSecond: true);
            Fields.Add(into, "disk_queue", Fields.Number(fields, 13) / 1000, perSecond: true);
            Fields.Add(into, "disk_flushes_per_s", Fields.Number(fields, 18), perSecond: true);
        }
    };

    /// <summary>Loopback by itself, all other interfaces together.</summary>
    public static void NetDev(string text, List<Reading> into)
    {
        double received = 0, sent = 0;
        var others = false;
        foreach (var line in Fields.Lines(text))
        {
            // "lo:3193" without a blank is how old kernels write a long number.
            var parts = line.Split(':');
            if (parts.Length != 2) continue;
            var fields = Fields.Of(parts[1]);
            if (parts[0].Trim() == "lo")
            {
                Fields.Add(into, "loopback_mib_per_s", Fields.Number(fields, 0) / BytesPerMebibyte, perSecond: true);
                Fields.Add(into, "loopback_packets_per_s", Fields.Number(fields, 1), perSecond: true);
                continue;
            }

            others = true;
            received += Fields.Number(fields, 0);
            sent += Fields.Number(fields, 8);
        }

        if (!others) return;
        Fields.Add(into, "network_in_mib_per_s", received / BytesPerMebibyte, perSecond: true);
        Fields.Add(into, "network_out_mib_per_s", sent / BytesPerMebibyte, perSecond: true);
    }

    /// <summary>The two "Tcp:" lines: names, then values in the same order.</summary>
    public static void Snmp(string text, List<Reading> into)
    {
        var tcp = Fields.Lines(text).Where(line => line.StartsWith("Tcp:", StringComparison.Ordinal)).Select(Fields.Of).ToArray();
        if (tcp is not [var names, var values]) return;

        void Take(string name, string stream, bool perSecond)
        {
            var index = Array.IndexOf(names, name);
            if (index >= 0) Fields.Add(into, stream, Fields.Number(values, index), perSecond);
        }

        Take("CurrEstab", "tcp_established", perSecond: false);
        Take("ActiveOpens", "tcp_opens_per_s", perSecond: true);
        Take("InSegs", "tcp_in_segments_per_s", perSecond: true);
        Take("OutSegs", "tcp_out_segments_per_s", perSecond: true);
    }

    /// <summary><c>allocated unused maximum</c>.</summary>
    public static void FileNumbers(string text, List<Reading> into) =>
        Fields.Add(into, "open_files", Fields.Number(Fields.Of(text.TrimEnd()), 0));
}
