using Microsoft.Win32.SafeHandles;

namespace LstmOrleans.Cli;

/// <summary>Standard output for answers.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>A stream that fails when its reader has gone: the console's own drops what is written then, without a word.</summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
            return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // A FileStream writes a file by offsets of its own, which would disturb others who write the same redirected output.
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }
}
