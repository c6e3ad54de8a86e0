namespace LstmOrleans.Faults.Network;

/// <summary>The few commands of the store's protocol that the proxy looks for. Each is sent whole in one piece, or nearly always.</summary>
internal static class StoreCommands
{
    private static ReadOnlySpan<byte> Commit => "*2\r\n$9\r\nCOMMITAOF\r\n"u8;

    // Same number of arguments and one reply, like the commit's.
    private static ReadOnlySpan<byte> Echo => "*2\r\n$4\r\nECHO\r\n"u8;

    public static int IndexOfCommit(ReadOnlySpan<byte> bytes) => bytes.IndexOf(Commit);

    /// <summary>Whether a record is written: by the product's script, or plainly by a sabotaged silo.</summary>
    public static bool HasWrite(ReadOnlySpan<byte> bytes) => HasScript(bytes) || bytes.IndexOf("\r\nSET\r\n"u8) >= 0;

    public static bool HasScript(ReadOnlySpan<byte> bytes) => bytes.IndexOf("EVALSHA\r\n"u8) >= 0;

    /// <summary>Whether these are the first bytes of the connection that the storage reads records on: it tells its name.</summary>
    public static bool NamesReader(ReadOnlySpan<byte> bytes) => bytes.IndexOf("lstm-read-"u8) >= 0;

    public static ReadOnlyMemory<byte> WithoutCommits(ReadOnlySpan<byte> bytes)
    {
        var result = new List<byte>(bytes.Length);
        for (int commit; (commit = IndexOfCommit(bytes)) >= 0; bytes = bytes[(commit + Commit.Length)..])
        {
            result.AddRange(bytes[..commit]);
            result.AddRange(Echo);
        }

        result.AddRange(bytes);
        return result.ToArray();
    }
}
