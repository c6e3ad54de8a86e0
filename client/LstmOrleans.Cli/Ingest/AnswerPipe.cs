namespace LstmOrleans.Cli.Ingest;

/// <summary>Standard output: what was written cannot be taken back, so a crash between writing and storing the cursor repeats
/// rows.</summary>
internal sealed class AnswerPipe : IAnswerOutput
{
    private readonly Stream _stream = StandardOutput.Open();

    public string Name => "stdout";

    public long Length => 0;

    public void Restore(long length)
    {
    }

    public void Append(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    public void Store() => _stream.Flush();

    public void Dispose() => _stream.Dispose();
}
