namespace LstmOrleans.Cli.Ingest;

/// <summary>Where answers go.</summary>
internal interface IAnswerOutput : IDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    /// <summary>Bytes in it; those of earlier runs count where it is a file.</summary>
    long Length { get; }

    /// <summary>A fingerprint of what is in it up to <see cref="Length"/>: tells the file that a cursor belongs to from another one.</summary>
    string Tail { get; }

    /// <summary>Goes back to a length that was stored; what is behind it was never confirmed to anybody.</summary>
    /// <param name="length">The length.</param>
    /// <param name="tail">What <see cref="Tail"/> was there; empty = it was not noted.</param>
    /// <exception cref="CommandException">It is another file. It is as it was.</exception>
    void Restore(long length, string tail);

    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when all that was appended is as safe as it can be here: on disk for a file.</summary>
    void Store();
}
